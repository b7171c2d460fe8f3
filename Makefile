# Everything runs in the project's own virtual environment, made from the lock
# files on first use and again only when they change. The locks are whole, so nothing is
# resolved: pip would trip over a newer release of a package that is asked for with an extra.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run test lint types docs unit bench load start feeds eval quotes scale gallery crash soak \
	image-dry-run fuzz audit licences lock clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/.runtime ## Load the archive, then connect to Discord, or chat where no token is set
	@$(BIN)/python -m bot run

test: lint types docs unit ## Format check, lint, type check, documentation, tests with coverage

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev
	$(BIN)/pyright

docs: $(VENV)/.dev ## Build the documentation as a site, into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

unit: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term

bench: $(VENV)/.dev ## Measure loading and asking against bare baselines (ARCHIVE=folder)
	$(BIN)/python -m bench $(ARCHIVE)

load: $(VENV)/.dev ## Send the bot 2,000 interactions over the wire, 100 at once (ARCHIVE=folder)
	$(BIN)/python -m bench.load $(ARCHIVE)

start: $(VENV)/.dev ## Measure a start until the first answer beside discord.py alone (ARCHIVE=folder)
	$(BIN)/python -m bench.start $(ARCHIVE)

feeds: $(VENV)/.dev ## Measure polling 100 feeds, and the memory of a feed of 50 MB
	$(BIN)/python -m bench.feeds

eval: $(VENV)/.dev ## Ask the judged questions, beside baselines (ARGS=--failures, --ablate, --update)
	$(BIN)/python -m evaluation $(ARGS)

quotes: $(VENV)/.dev ## Look for hundreds of spoiled lines (ARGS="--seed 2", --failures)
	$(BIN)/python -m evaluation.remembered $(ARGS)

scale: build/evaluation/packages ## Measure an invented archive 100 times as large (ARGS="--times 10")
	PYTHONPATH=$< $(BIN)/python -m evaluation.scale $(ARGS)

build/evaluation/packages: pyproject.toml $(VENV)/.dev
	$(BIN)/python -c 'import tomli; print(*tomli.load(open("pyproject.toml", "rb"))["dependency-groups"]["eval"])' \
		| xargs $(PIP) install --upgrade --target $@ || echo "going on without"
	@mkdir -p $@ && touch $@

gallery: build/gallery/packages ## Picture every card as members see it (ARGS="ask quote", or --docs)
	@PYTHONPATH=$< $(BIN)/python -m gallery $(ARGS)

build/gallery/packages: pyproject.toml $(VENV)/.dev
	$(BIN)/python -c 'import tomli; print(*tomli.load(open("pyproject.toml", "rb"))["dependency-groups"]["gallery"])' \
		| xargs $(PIP) install --upgrade --target $@ || echo "going on without"
	@mkdir -p $@ && touch $@

crash: $(VENV)/.dev ## Kill the bot 500 times while it announces (KILLS=500 ARGS=--postgres)
	$(BIN)/python -m crash --kills $(or $(KILLS),500) $(ARGS)

soak: $(VENV)/.dev ## Months in 20 minutes: restarts, failures, releases, leaks (ARGS="--minutes 1")
	$(BIN)/python -m soak $(ARGS)

image-dry-run: $(VENV)/.dev ## Carry out the Dockerfile and run the bot of it, without Docker
	$(BIN)/python -m deploy

fuzz: $(VENV)/.dev ## The property-based tests with 10,000 examples each
	$(BIN)/python -m pytest -m fuzz --hypothesis-profile=long

audit: build/audit/packages ## Look the locked dependencies up in the index of known vulnerabilities
	@PYTHONPATH=$< $(BIN)/python -m deploy.audit

build/audit/packages: pyproject.toml $(VENV)/.dev
	$(BIN)/python -c 'import tomli; print(*tomli.load(open("pyproject.toml", "rb"))["dependency-groups"]["audit"])' \
		| xargs $(PIP) install --upgrade --target $@ || echo "going on without"
	@mkdir -p $@ && touch $@

licences: $(VENV)/.dev ## List the licences of the runtime dependencies (docs/licences.md)
	$(BIN)/python -m deploy.licences

lock: $(VENV)/.dev ## Pin the newest dependencies that pyproject.toml allows
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
		--python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-header \
		--python-version 3.11 --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove the virtual environment and every cache
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(VENV)/bin/python
	@echo "Installing the dependencies into $(VENV) (once)..." >&2
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	@echo "Installing the development dependencies into $(VENV) (once)..." >&2
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@ $(VENV)/.runtime
