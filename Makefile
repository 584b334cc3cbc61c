# Needs Python 3.11+ and make, nothing else: every target builds .venv first if it is not there or the lock changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run up down test bench soak acceptance docs docs-check lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || { grep -A400 '^uv==' requirements.lock | awk 'NR==1||/^    --hash/{print;next}{exit}' > $(VENV)/uv.txt; \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r $(VENV)/uv.txt; }
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes --only-binary :all: requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

run: $(READY) ## the demo night: real Airflow, real files, published figures
	@$(BIN)/python -m ingestion.demo.run

up: $(READY) ## leave the Airflow UI and the warehouse running, and say where
	@$(BIN)/python -m ingestion.demo.up

down: $(READY) ## stop what `make up` left running
	@$(BIN)/python -m ingestion.demo.up --down

test: $(READY) ## the test suite
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup --durations 25 --durations-min 10 -m "not soak and not acceptance"

soak: $(READY) ## long tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m soak

acceptance: $(READY) ## tests that first install Debian packages
	@$(BIN)/python -m pytest -m acceptance

bench: $(READY) ## ratios measured in one run
	@$(BIN)/python -m tests.benchmark
	@$(BIN)/python -m tests.bench_publication
	@$(BIN)/python -m tests.bench_lineage
	@$(BIN)/python -m tests.bench_scope
	@$(BIN)/python -m tests.bench_outcome
	@$(BIN)/python -m tests.bench_disclosure

docs: $(READY) ## regenerate what is generated: rule catalogue, required evidence, dbt sources
	@$(BIN)/python -m expectations.catalogue
	@$(BIN)/python -m ingestion.catalogue
	@$(BIN)/python -m ingestion.required_evidence

docs-check: docs ## fail if a generated file changed
	@git diff --exit-code -- expectations/README.md expectations/required.csv dbt_project/models/sources docs

lint: $(READY) ## ruff, mypy, sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint -q --processes 2 dbt_project/models dbt_project/tests

format: $(READY) ## let ruff format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: $(READY) ## resolve pyproject.toml into requirements.lock (hashes, no hosts)
	@$(BIN)/python -m tests.lock

clean: ## remove the environment (the warehouse in .finsam stays)
	rm -rf $(VENV)
