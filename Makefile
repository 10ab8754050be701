# Cuelight's two commands: `make demo` and `make test`. Each installs what it needs into .venv first.

VENV := .venv
BIN := $(VENV)/bin
SOURCES := src tests benchmarks

.PHONY: help demo test lint types imports unit format requirements changelog clean

help: ## Say what there is.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.demo: requirements/demo.txt pyproject.toml dev/setup
	@dev/setup demo

$(VENV)/.dev: requirements/dev.txt pyproject.toml dev/setup
	@dev/setup dev

demo: $(VENV)/.demo ## Start Cuelight with a simulated organisation on http://localhost:7007.
	@$(BIN)/cuelight demo $(ARGS)

test: $(VENV)/.dev ## Run every check: lint, types, import contracts, all tests. Needs no root.
	@dev/test

lint: $(VENV)/.dev ## Ruff: rules and format.
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/.dev ## mypy --strict.
	@$(BIN)/mypy

imports: $(VENV)/.dev ## The import contracts: which room may know which.
	@$(BIN)/lint-imports

unit: $(VENV)/.dev ## Only the quick tests.
	@$(BIN)/pytest -q -n 2 -m 'not slow'

format: $(VENV)/.dev ## Put everything into its format.
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

requirements: $(VENV)/.dev ## Resolve the locked requirements anew, from pyproject.toml.
	@dev/requirements

changelog: $(VENV)/.dev ## Show what the next release's notes would say.
	@$(BIN)/towncrier build --draft --version next

clean: ## Remove what was installed and made here: .venv, caches, the demo's folder.
	@rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis demo
