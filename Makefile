# make run, make test, make check; `make help` lists them all.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(wildcard vberatung/translations/*/LC_MESSAGES/messages.po)

help: ## What can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(BIN)/.ready ## Set everything up and serve the demo (HOST, PORT, TLS=1, DATA_DIR)
	@DEMO=1 exec $(BIN)/flask --app app demo --serve

test: $(BIN)/.ready-dev ## Set up what the tests need and run all of them, browsers and PostgreSQL included
	@bash tools/setup-tests.sh
	THOROUGH=1 $(BIN)/python -m pytest -n auto tests --ignore=tests/browser
	bash tools/test-browsers.sh

check: $(BIN)/.ready-dev ## Lint, types, import directions, templates, and the quick tests without browsers
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet vberatung/templates
	$(BIN)/python -m pytest -n auto tests --ignore=tests/browser --database=sqlite -m "not slow"

secrets: $(BIN)/.ready ## Print fresh secrets for a production environment file
	@$(BIN)/python -m vberatung.new_secrets

messages: $(BIN)/.ready ## Collect the sentences of the interface into the translation catalogues
	$(BIN)/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output --project=Videoberatung -o .cache/messages.pot .
	$(BIN)/pybabel -q update -i .cache/messages.pot -d vberatung/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -f -d vberatung/translations

clean: ## Remove what was set up; data in instance/ stays
	rm -rf .venv .cache

$(BIN)/.ready: requirements.txt $(CATALOGUES)
	@bash tools/setup.sh "$(PYTHON)"
	@touch $@

$(BIN)/.ready-dev: $(BIN)/.ready requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.PHONY: help run test check secrets messages clean
