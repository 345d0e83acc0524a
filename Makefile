# Atelier. `make run` starts it, `make test` tests it; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --no-input install --quiet --require-hashes
# Two processes on two cores; `make test TESTS="farm -k lock"` narrows what is run.
WORKERS ?= 2
TESTS ?=
# `make bench RUNS=3` repeats every benchmark.
RUNS ?= 1
PYTEST := $(BIN)/pytest $(TESTS)
PARALLEL := -n $(WORKERS) --dist worksteal

.PHONY: help setup run lock dev test test-services test-browser test-start lint ci proof bench profiles pictures

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

lock: ## the four requirements files, out of their .in
	for set in requirements-embedded requirements requirements-dev requirements-bench; do \
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

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev $(VENV)/.mysql
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

proof: $(VENV)/.dev $(VENV)/.mysql ## list the proofs; make proof NAME=storm ARGS="--seconds 3" runs one
	@$(BIN)/python -m proofs $(NAME) $(ARGS)

bench: $(VENV)/.bench ## every benchmark beside its peer, written to docs/benchmarks.md (RUNS=3 takes medians)
	$(BIN)/python -m bench.report --runs $(RUNS)

profiles: $(VENV)/.dev $(VENV)/.mysql ## the most expensive lines of pages, hook and index, before and now: docs/profiles.md
	$(BIN)/python scripts/services.py -- $(BIN)/python -m bench.profiles

pictures: $(VENV)/.bench ## do the pages look as before? pictures of two versions, compared (ARGS="--before COMMIT")
	$(BIN)/python -m bench.pictures $(ARGS)
