# The two commands are `make demo` and `make test`; README.md tells the rest.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
# Where bytecode is not kept, every process of every test compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help demo test lint test-pure test-house test-sqlite test-postgres test-browser check-long mutants bench browser locks migration clean

PYTHON ?= python3
PORT ?= 8000
export PORT
RUN := .venv/bin/python
TESTS = $(RUN) -m pytest --junitxml=build/$@.xml
BOTH_CORES := -n auto --maxprocesses 4 --dist worksteal
# Two lanes side by side keep two cores busy while databases, processes and browsers make each other wait; a third only adds work.
IN_A_LANE := -n 2 --dist worksteal

help:
	@echo 'make demo            the shop with an invented clinic (PORT=8000; RESET=1 starts over)'
	@echo 'make test            everything that proves it works'
	@echo
	@echo 'make lint            ruff, mypy, import contracts'
	@echo 'make test-pure       tests that need no database, in seconds'
	@echo 'make test-house      what the house keeps to: imports, lengths, words, migrations'
	@echo 'make test-sqlite     tests that touch the database or start processes'
	@echo 'make test-postgres   tests that touch the database, on PostgreSQL'
	@echo 'make test-browser    walks in a real browser'
	@echo 'make check-long      what takes longer: kills, faults, a crowd, long stories, every page, mutation'
	@echo 'make mutants         whether the tests notice each change of a rule: a score for each file, name value unit aim met|short'
	@echo 'make bench           how fast it is: each figure beside its limit, name value unit aim met|short'
	@echo 'make locks           write the locks from requirements*.in (needs uv)'
	@echo 'make migration MESSAGE="what changed"    write the migration that brings a database to the models'

demo: .venv/ready
	@DEMO=1 exec $(RUN) -m storefront.serve --with-parent $(if $(filter 1,$(RESET)),--reset)

test: .venv/ready-dev browser
	@$(RUN) -m tests.everything lint+test-house+test-browser,test-sqlite+test-postgres test-pure

lint: .venv/ready-dev
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@$(RUN) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())'

test-pure: .venv/ready-dev
	@$(TESTS) $(BOTH_CORES) -m 'not database and not process and not browser' \
	    --ignore=tests/browser --ignore=tests/process --ignore=tests/storefront/standin --ignore=tests/house

test-house: .venv/ready-dev
	@$(TESTS) -m 'not database and not process' tests/house

test-sqlite: .venv/ready-dev
	@$(TESTS) $(IN_A_LANE) -m '(database or process) and not browser'

test-postgres: .venv/ready-dev
	@$(TESTS) $(IN_A_LANE) -m 'database and not browser' --database=postgres

test-browser: .venv/ready-dev browser
	@$(TESTS) -n 2 --dist loadfile -m browser tests/browser

check-long: .venv/ready-dev browser
	@$(TESTS) --override-ini=testpaths=tests/long --override-ini='norecursedirs=.* build'
	@for database in sqlite postgres; do CLIENTS=50 $(RUN) -m pytest -n0 --database=$$database \
	    tests/storefront/orders/test_races.py -k last_unit || exit 1; done
	@EXAMPLES=25 $(RUN) -m pytest $(BOTH_CORES) -m 'not database and not process and not browser' tests/catalogue tests/storefront
	@nice -n 10 $(RUN) -m tests.long.mutation

mutants: .venv/ready-dev
	@nice -n 10 $(RUN) -m tests.long.mutation

bench: .venv/ready-dev
	@$(RUN) -m tests.bench

browser: .venv/ready-dev
	@$(RUN) -m tests.browsers

# An environment without its mark was interrupted, one whose python is gone is of no use: both are made from scratch.
$(shell [ -e .venv/bin/python ] || rm -rf .venv)
define environment
	@python=; for candidate in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
	    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
	    echo 'Python 3.11 or newer is needed, and $(PYTHON) is not; name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; \
	    exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python has no venv; install it (Debian and Ubuntu: python3-venv) and try again" >&2; exit 1; fi; \
	[ -e .venv/ready ] || [ -e .venv/ready-dev ] || rm -rf .venv; \
	rm -f .venv/ready .venv/ready-dev; \
	echo 'Installing what $(1) names into .venv (once) ...'; \
	{ [ -e .venv ] || "$$python" -m venv .venv; } && \
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r $(1) && \
	touch $(2)
endef

.venv/ready: requirements.lock
	$(call environment,requirements.lock,.venv/ready)

.venv/ready-dev: requirements-dev.lock
	$(call environment,requirements-dev.lock,.venv/ready .venv/ready-dev)

# A lock names no index and no path: everybody installs from the index they trust.
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet
locks:
	$(COMPILE) -o requirements.lock requirements.in
	$(COMPILE) -c requirements.lock -o requirements-dev.lock requirements-dev.in

migration: .venv/ready
	@DEMO=1 $(RUN) -m flask --app storefront db upgrade
	@next=$$(printf '%04d' $$(($$(ls storefront/migrations/versions/*.py | wc -l) + 1))) && \
	DEMO=1 $(RUN) -m flask --app storefront db migrate --rev-id $$next -m "$(MESSAGE)"

clean:
	rm -rf .venv build
