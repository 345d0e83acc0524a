# Atelier. `make run` starts it, `make test` tests it; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --no-input install --quiet --require-hashes
# Two processes on two cores; `make test TESTS="farm -k lock"` narrows what is run.
WORKERS ?= 2
TESTS ?=
PYTEST := $(BIN)/pytest $(TESTS)
PARALLEL := -n $(WORKERS) --dist worksteal

.PHONY: help setup run lock dev test test-services test-browser test-start lint ci bench proof-compose proof-live proof-crash proof-first-light proof-push proof-two proof-killed-sync proof-dashboard-down proof-hostile proof-bytes proof-invariant proof-storm proof-last-gpu proof-database-killed proof-farm-scale proof-fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- install: a stamp per lock file, so that a second call does nothing -----------------------------------------------
setup: $(VENV)/.embedded ## .venv and the hash-locked install

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: name one with make PYTHON=…"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.embedded: requirements-embedded.txt | $(BIN)/python
	$(PIP) -r $<
	@touch $@

run: setup ## everything, with the demonstration school (DEMO=0 leaves it out)
	@DEMO="$${DEMO-1}" exec $(BIN)/python manage.py up

lock: ## the three requirements files, out of their .in
	for set in requirements-embedded requirements requirements-dev; do \
	  $(BIN)/uv pip compile -q $$set.in -o $$set.txt --generate-hashes --no-emit-index-url --no-header --python-version 3.11 || exit 1; \
	done

dev: $(VENV)/.dev ## setup, and the tools of the tests

$(VENV)/.dev: requirements-dev.txt $(VENV)/.embedded
	$(PIP) -r $<
	@touch $@

$(VENV)/.mysql: requirements.txt | $(BIN)/python
	@pkg-config --exists mariadb || { echo "mysqlclient is built here: apt-get install libmariadb-dev pkg-config gcc python3-dev"; exit 1; }
	$(PIP) -r $<
	@touch $@

# --- tests ------------------------------------------------------------------------------------------------------------
test: $(VENV)/.dev ## the tests on SQLite, in parallel
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) $(PARALLEL) -m "not browser"
	@echo "Left out: MariaDB and Redis (make test-services), Chromium (make test-browser). Everything: make ci."

test-services: $(VENV)/.dev $(VENV)/.mysql ## the tests that touch the database, on a private MariaDB and Redis
	$(BIN)/python scripts/services.py -- $(PYTEST) $(PARALLEL) -m "database and not browser"

test-browser: $(VENV)/.dev ## every page in Debian's Chromium
	env -u DATABASE_URL -u REDIS_URL $(PYTEST) $(PARALLEL) -m browser

test-start: ## `make run` on a clean clone: do its pages answer, does it leave nothing behind?
	$(PYTHON) scripts/first_start.py --twice

lint: $(VENV)/.dev ## style, types, layers, templates, security, migrations, translations
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/lint.sh

ci: ## all of it, with the time of each stage
	$(PYTHON) scripts/ci.py

proof-compose: $(VENV)/.dev $(VENV)/.mysql ## the commands of docker-compose.yml, run without an engine
	$(BIN)/python scripts/services.py -- $(BIN)/python scripts/proof_compose.py

proof-live: $(VENV)/.dev $(VENV)/.mysql ## 200 open streams on a MariaDB with 50 connections, and a late commit
	$(BIN)/python scripts/services.py --max-connections 50 -- $(BIN)/python bench/live_streams.py

proof-crash: $(VENV)/.dev ## 100 tasks queued, 2 running: kill -9 of the broker and of the worker
	$(BIN)/python bench/crash.py

proof-first-light: $(VENV)/.dev ## from outside: exercise, repositories, push, hook, events in order; bookings
	$(BIN)/python bench/first_light.py

proof-push: $(VENV)/.dev ## a push, seen arriving in an open page (PUSHES=50 for the figures)
	$(BIN)/python bench/push_to_page.py

proof-two: $(VENV)/.dev ## a Git module here and a dashboard there show what one Atelier alone shows
	$(BIN)/python bench/two_instances.py

proof-killed-sync: $(VENV)/.dev ## kill -9 of the worker at 12 places of a sync, then of the broker: same rows, once
	env -u DATABASE_URL -u REDIS_URL $(BIN)/python bench/killed_sync.py
	$(BIN)/python bench/crash.py --tasks 20 --kill broker both

proof-dashboard-down: $(VENV)/.dev ## a dashboard elsewhere refuses for five minutes, then hears all, in order, once
	$(BIN)/python bench/dashboard_down.py

proof-hostile: $(VENV)/.dev ## internal and odd addresses, and servers that mean no good: a table of each
	env -u DATABASE_URL -u REDIS_URL $(BIN)/python bench/hostile.py

proof-bytes: $(VENV)/.dev ## bytes fetched for one new commit on a repository of 3 MB
	env -u DATABASE_URL -u REDIS_URL $(BIN)/python bench/push_bytes.py

proof-invariant: $(VENV)/.dev $(VENV)/.mysql ## every writer in any order, 1,000 examples of 50 steps on each database
	env -u DATABASE_URL $(BIN)/python bench/farm_invariant.py
	$(BIN)/python scripts/services.py -- $(BIN)/python bench/farm_invariant.py --sweeps 100

proof-storm: $(VENV)/.dev $(VENV)/.mysql ## 32 processes change the farm for 30 s; the same without the lock overbooks
	$(BIN)/python scripts/services.py -- $(BIN)/python bench/farm_storm.py

proof-last-gpu: $(VENV)/.dev $(VENV)/.mysql ## 32 at once ask for the last GPU, in both set-ups
	env -u DATABASE_URL -u REDIS_URL $(BIN)/python bench/farm_last_gpu.py
	$(BIN)/python scripts/services.py -- $(BIN)/python bench/farm_last_gpu.py

proof-database-killed: $(VENV)/.dev $(VENV)/.mysql ## kill -9 of MariaDB under bookings: nothing half, nothing lost
	$(BIN)/python bench/farm_killed.py

proof-fuzz: $(VENV)/.dev ## whatever is sent to /api/v1/ and the four wires, 20,000 cases: never a 500
	env -u DATABASE_URL -u REDIS_URL $(BIN)/python bench/fuzz.py

proof-farm-scale: $(VENV)/.dev $(VENV)/.mysql ## queries of every farm page and list, small and large, on both databases
	env -u DATABASE_URL $(BIN)/python bench/farm_scale.py
	$(BIN)/python scripts/services.py -- $(BIN)/python bench/farm_scale.py

bench: $(VENV)/.dev $(VENV)/.mysql ## every benchmark beside its peer, written to docs/benchmarks.md
	$(BIN)/python bench/report.py
