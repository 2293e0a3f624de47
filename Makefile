# The stable commands of Mingjing. Only make, git and python3 (3.11 or newer) are needed beforehand.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
PORT ?= 8000
ARGS ?=
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-dev run test test-sqlite test-pg e2e check bench

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup:  ## the virtual environment with what running needs (.venv)
	@scripts/setup.sh run

setup-dev:  ## the same with what tests and checks need, and a browser
	@scripts/setup.sh dev

run: setup  ## start everything with the demonstration detachment: make run PORT=8001 for another port
	@DEMO=1 exec $(PYTHON) manage.py up --port $(PORT)

test: setup-dev  ## every test: SQLite, PostgreSQL and Redis, browser
	@$(PYTHON) -m tests.run all $(ARGS)

test-sqlite: setup-dev  ## the suite on SQLite, without the browser: ARGS="tests/ledger -k name"
	@$(PYTHON) -m tests.run sqlite $(ARGS)

test-pg: setup-dev  ## the tests marked "services" on a private PostgreSQL and Redis
	@$(PYTHON) -m tests.run services $(ARGS)

e2e: setup-dev  ## the browser journeys
	@$(PYTHON) -m tests.run e2e $(ARGS)

check: setup-dev  ## format, lint, types, import contracts, deployment settings, migrations, templates
	@scripts/check.sh

bench: setup-dev  ## measure the speeds of the bars on this machine
	@$(PYTHON) -m tests.bench $(ARGS)
