SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.ONESHELL:
MAKEFLAGS += --no-builtin-rules

VENV ?= .venv
BIN := $(VENV)/bin
export TZ := UTC
export UV_PYTHON_DOWNLOADS := never

# The oldest supported Python that starts; a version manager's shim may stand on PATH and not start.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo $$python && break; done)
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/run ## simulate a small catalogue, run its nights, show the report
	$(BIN)/fraud demo

.PHONY: test
test: $(VENV)/dev ## run all tests, in parallel and in random order
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

.PHONY: lint
lint: $(VENV)/dev ## check style and mistakes
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: format
format: $(VENV)/dev ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: types
types: $(VENV)/dev ## check the types
	$(BIN)/mypy

.PHONY: airflow
airflow: $(VENV)/dev ## start Airflow here, with the DAGs and the samples in place
	scripts/airflow $(BIN)

.PHONY: samples
samples: $(VENV)/run ## make data/samples again by the command in its README
	made=$$(mktemp -d)
	$(BIN)/fraud simulate $$made $$(sed -n 's|^ *fraud simulate data/samples ||p' data/samples/README.md)
	find data/samples -mindepth 1 ! -name README.md -delete
	cp -r $$made/. data/samples
	rm -r $$made

.PHONY: readme
readme: $(VENV)/dev ## run the README's commands and write in what they print
	$(BIN)/python -m tests.shown

.PHONY: reference
reference: $(VENV)/run ## write docs/reference again from the code
	$(BIN)/python docs/generate.py

.PHONY: bench
bench: $(VENV)/dev ## time the stages
	$(BIN)/python -m benchmarks

.PHONY: requirements
requirements: $(VENV)/dev ## pin the newest dependencies that pyproject.toml allows
	$(COMPILE) --upgrade --group dev --all-extras --output-file requirements-dev.txt
	$(COMPILE) --upgrade --constraints requirements-dev.txt --output-file requirements.txt

.PHONY: clean
clean: ## remove what make and the tools made; fraud-home stays
	rm -rf $(VENV) .airflow build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/run: requirements.txt pyproject.toml
	scripts/install $(VENV) "$(PYTHON)" requirements.txt
	touch $@

$(VENV)/dev: requirements-dev.txt pyproject.toml
	scripts/install $(VENV) "$(PYTHON)" requirements-dev.txt
	touch $@ $(VENV)/run
