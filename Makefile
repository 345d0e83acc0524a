# `make setup` and `make run` need Python 3.11 or later, and nothing else.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  \1\t/' | expand -t 20

# --- start ------------------------------------------------------------------------------------------------------------
.PHONY: setup run lock
setup: .venv/.installed  ## the virtual environment with the locked packages; quick the second time

.venv/.installed: requirements-embedded.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed; name one with make PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

run: setup  ## everything, with the demonstration school; DEMO=0 leaves it out
	@DEMO="$${DEMO:-1}" exec $(BIN)/python manage.py up

lock:  ## the three requirements files, out of their .in
	for set in requirements-embedded requirements requirements-dev; do \
	  $(BIN)/uv pip compile -q $$set.in -o $$set.txt --generate-hashes --no-emit-index-url --no-header --python-version 3.11 || exit 1; \
	done
