# Zhike: every target makes what it stands on.
FITS := import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 13) else 1)
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do $$p -c '$(FITS)' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: setup demo test lint bench lock secrets clean
.DEFAULT_GOAL := setup

setup: $(STAMP) ## environment in .venv, dependencies, console assets

$(STAMP): pyproject.toml requirements.lock api/console/package-lock.json
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(FITS)' || { echo "Zhike needs Python 3.11 or 3.12 (durable_rules cannot be loaded by 3.13); try: make PYTHON=/path/to/python3.12"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m api.console.assets
	touch $(STAMP)

demo: setup ## a real retailer's year: in, mined, approved, published, served
	$(BIN)/zhike demo

test: setup lint ## lint, types, the whole suite
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup ## figures beside a peer; asserts nothing
	$(BIN)/python -m bench

lock: $(VENV)/bin/uv ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --extra demo --extra dev pyproject.toml --output-file requirements.lock

$(VENV)/bin/uv:
	$(BIN)/python -m pip install --quiet uv

secrets: secrets/neo4j_auth secrets/base_secret ## passwords for docker-compose.yml, made once

secrets/graph_password:
	@install -d -m 700 secrets
	@printf '%s' "$$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')" > $@
	@chmod 444 $@  # read in the container by another user; no other user of this machine enters the folder
	@echo "made $@"

secrets/neo4j_auth: secrets/graph_password
	@printf 'neo4j/%s' "$$(cat $<)" > $@
	@chmod 444 $@
	@echo "made $@"

secrets/base_secret:
	@install -d -m 700 secrets
	@head -c 32 /dev/urandom > $@
	@chmod 444 $@
	@echo "made $@; keep a copy: without it imports no longer find the customers they know"

clean: ## all that was made, except the data in .zhike
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache api/console/node_modules api/console/static/vendor
