# `make` alone lists what there is. Everything sets itself up; only Python 3.11 (or newer) and make are needed.

PYTHON ?= python3
BIN := .venv/bin
OTHER_VERSIONS := 3.12 3.13
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

.DEFAULT_GOAL := help
.PHONY: help demo run test test-all check style bench chaos screenshots format lock clean setup

help: ## this list
	@printf 'mixbot: a bot service for Mixin Messenger\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## chat with the bot in your browser; nothing is real and nothing leaves this computer
	@$(PYTHON) demo.py $(ARGS)

run: setup ## the real service (needs a Keystore); ARGS="--debug" and the like are passed on
	@$(BIN)/python -m bot run $(ARGS)

test: setup ## all tests, on every core; ARGS="-k words" and the like are passed on
	@$(BIN)/python -m pytest $(ARGS)

test-all: test ## the same, and then again with other versions of Python, where there are any
	@for version in $(OTHER_VERSIONS); do sh .ci/other-python "$$version" || exit 1; done

check: style ## style, types, imports, texts, locks: all that can be known without running the service
	@$(BIN)/python -m pytest -q tests/house

style: setup ## the part of it that reads the code: ruff, mypy, import-linter, hadolint, shellcheck
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck .ci/run .ci/other-python

bench: setup ## what a message costs; prints a table and writes JSON
	@$(BIN)/python -m tests.benchmarks $(ARGS)

chaos: setup ## kill and freeze a fleet 200 times and its database 20 times (needs PostgreSQL; half an hour)
	@MIXBOT_CHAOS=$${MIXBOT_CHAOS:-200:20} $(BIN)/python -m pytest -s -p no:randomly tests/e2e/test_fleet_chaos.py $(ARGS)

screenshots: setup ## take the pictures of the README anew (needs chromium)
	@$(BIN)/python -m tests.house.screenshots

format: setup ## let ruff put the code in order
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

lock: setup ## choose versions anew and write them down with their hashes
	@$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	@.venv-lock/bin/uv pip compile pyproject.toml --upgrade --extra speed $(LOCK) -o requirements.lock
	@.venv-lock/bin/uv pip compile pyproject.toml --upgrade --extra speed --extra tracing -c requirements.lock $(LOCK) -o requirements-tracing.lock
	@.venv-lock/bin/uv pip compile pyproject.toml --upgrade --extra speed --extra tracing --group dev -c requirements-tracing.lock $(LOCK) -o requirements-dev.lock

clean: ## remove what can be made again; the demo's memory in .sandbox stays
	@rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@$(PYTHON) demo.py --setup dev
