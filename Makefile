# Everything a fresh machine with Python >= 3.11 and make needs: each target sets up its own environment.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready
SECONDS_EACH ?= 60

.PHONY: help demo test check static format lint types imports docs fuzz bench lock clean
.DEFAULT_GOAL := help

help:  ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The venv module is needed (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY)  ## The main job with the unmodified aws CLI, against a server in a temporary directory
	@$(BIN)/python -m demo

test: $(READY)  ## Every test, the real clients included, with the coverage gate
	@$(BIN)/python -m tests.run

check: static test  ## What CI runs

static: $(READY) format lint types imports docs  ## Everything but the tests

format: $(READY)
	@$(BIN)/ruff format --check .

lint: $(READY)
	@$(BIN)/ruff check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports

docs: $(READY)  ## Refuse generated documents that went stale
	@$(BIN)/python -m tests.documents --check

fuzz: $(READY)  ## Every reader of foreign files for SECONDS_EACH (60), guided by coverage
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS_EACH)

bench: $(READY)  ## Measure the budgets and write docs/performance.md
	@$(BIN)/python -m tests.bench

lock: $(READY)  ## Resolve the dependencies anew
	@for part in "--group dev -o requirements-dev.lock" "-o requirements.lock"; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade pyproject.toml $$part || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
