# Two commands do everything on a new machine: `make demo` and `make test`.
# Needs python3 (3.11 or newer), make and an internet connection for the packages; the rest is fetched or found.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PYTEST := $(BIN)/python -m pytest
UV := uv==0.13.9
WORKERS ?= 2
# what one process has compiled, the next one need not
unexport PYTHONDONTWRITEBYTECODE
# for tools that read the settings and no service
NOWHERE := PORTAL_DATABASE_URL=postgres://nobody@nowhere/portal PORTAL_REDIS_URL=unix:///nowhere \
	PORTAL_SECRETS_FILE=/nowhere PORTAL_SECRET_KEY=unused PYTHONPATH=.

PROVIDERS := [{"id":"any","name":{"zh":"某","en":"Any"},"issuer":"https://id.example","client_id":"any"}]

.DEFAULT_GOAL := demo
.PHONY: demo demo-once test test-browser test-deep test-faults lint lint-security lock messages sbom clean

demo: .venv node_modules words  ## run the portal with a sample city; the address is printed at the end
	@$(MANAGE) demo

demo-once: .venv node_modules words  ## play the whole story through real HTTP and say whether it held
	@$(MANAGE) demo --once

test: .venv node_modules words  ## every rule, and one browser story
	@$(PYTEST) -n $(WORKERS) --dist loadscope -q tests --ignore tests/browser --ignore tests/faults
	@$(PYTEST) -q tests/browser/test_story.py

test-browser: .venv node_modules words  ## every journey in a real browser
	@$(PYTEST) -q tests/browser

test-faults: .venv node_modules words  ## kill -9 of a worker and of Redis in the middle of the work
	@$(PYTEST) -q tests/faults

test-deep: .venv node_modules words  ## all of it, with many more examples for each property
	@HYPOTHESIS_PROFILE=deep $(PYTEST) -n $(WORKERS) --dist loadscope -q tests

lint: .venv node_modules words lint-security
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(NOWHERE) $(BIN)/mypy
	@$(MANAGE) makemigrations --check --dry-run
	@PORTAL_SITE_URL=https://portal.example PORTAL_IDENTITY_PROVIDERS='$(PROVIDERS)' $(MANAGE) check --deploy --fail-level WARNING
	@$(MANAGE) check_messages

# Semgrep has an environment of its own: it wants other versions of what the site stands on. It asks nobody outside.
SEMGREP := SEMGREP_SEND_METRICS=off SEMGREP_SETTINGS_FILE=.venv-semgrep/settings.yml .venv-semgrep/bin/semgrep
lint-security: .venv .venv-semgrep  ## bandit, and the house's own rules (.semgrep/house.yml)
	@$(BIN)/bandit -q -c pyproject.toml -r portal rights consent manage.py
	@$(SEMGREP) scan --metrics=off --disable-version-check --error --quiet --config .semgrep/house.yml \
		portal rights consent templates manage.py

# -------------------------------------------------------------------------------------------- what they stand on
# The folder is made whole or not at all: it is built beside its place and renamed last.
.venv: requirements.lock
	@echo "Installing the packages of the lock file …"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$(UV)"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock || (rm -rf .venv; exit 1)
	@$(BIN)/python -c "import site, pathlib; pathlib.Path(site.getsitepackages()[0], 'portal.pth').write_text('$(CURDIR)\n')"
	@touch .venv

.venv-semgrep: .semgrep/requirements.lock .venv
	@echo "Installing semgrep …"
	@rm -rf .venv-semgrep
	@$(PYTHON) -m venv .venv-semgrep
	@$(BIN)/uv pip sync --quiet --require-hashes --python .venv-semgrep/bin/python .semgrep/requirements.lock || (rm -rf .venv-semgrep; exit 1)
	@touch .venv-semgrep

node_modules: package-lock.json .venv
	@echo "Fetching the front-end packages …"
	@$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --silent || (rm -rf node_modules; exit 1)
	@touch node_modules

.PHONY: words
words: portal/locale/zh_Hans/LC_MESSAGES/django.mo
portal/locale/zh_Hans/LC_MESSAGES/django.mo: portal/locale/zh_Hans/LC_MESSAGES/django.po .venv
	@$(BIN)/pybabel --quiet compile -d portal/locale -D django

lock:  ## after a change of pyproject.toml
	@$(BIN)/uv pip compile --quiet --group dev pyproject.toml --generate-hashes --no-annotate --no-header --no-emit-index-url -o requirements.lock
	@echo 'semgrep>=1.185,<2' | $(BIN)/uv pip compile --quiet - --generate-hashes --no-annotate --no-header --no-emit-index-url -o .semgrep/requirements.lock

messages: .venv  ## gather the texts anew; then translate what is empty in portal/locale
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-obsolete --no-wrap --add-location file --ignore .venv --ignore node_modules --ignore .data --ignore tests

sbom: .venv node_modules  ## the software bill of materials (CycloneDX), from both lock files: sbom/*.cdx.json
	@mkdir -p sbom
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible --of JSON -o sbom/python.cdx.json
	@$(BIN)/npm sbom --package-lock-only --sbom-format=cyclonedx --sbom-type=application --loglevel=error > sbom/npm.cdx.json
	@echo "sbom/python.cdx.json sbom/npm.cdx.json"

clean:  ## remove all that these commands made, the sample data too
	@home=$$(readlink -f .data/services 2>/dev/null); [ -z "$$home" ] || rm -rf "$$home"
	@rm -rf .data .venv .venv-semgrep node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis tests/browser/pictures
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
