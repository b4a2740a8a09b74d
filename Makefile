# Python >= 3.11 and make are all that a fresh machine needs: every target sets itself up.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Compiled once, and not by every process that a test starts.
unexport PYTHONDONTWRITEBYTECODE
# How many processes share the tests: three more than there are processors, since browsers, servers
# and clocks are often waited for; a part of the tests is not worth any.
JOBS ?= $(if $(ARGS),0,$(shell expr $$(getconf _NPROCESSORS_ONLN) + 3))

.DEFAULT_GOAL := help
.PHONY: help demo demo-flask demo-django test thorough coverage simulate crowd check format readme bench dist clean

help:                       ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1@\2/p' Makefile | while IFS=@ read -r target text; \
	  do printf '%-18s%s\n' "$$target" "$$text"; done

demo: .venv/ready           ## a ticket shop behind a waiting room, with a crowd, on Starlette
	$(BIN)/python -m vwr_middleware demo $(ARGS)

demo-flask: .venv/ready     ## the same shop in Flask
	$(BIN)/python -m vwr_middleware demo flask $(ARGS)

demo-django: .venv/ready    ## the same shop in Django
	$(BIN)/python -m vwr_middleware demo django $(ARGS)

test: .venv/ready           ## every test; root on Debian gets the browser for them (JOBS=n)
	@tools/install_browser
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

thorough: .venv/ready       ## the same in all combinations, with ten times as many drawn examples
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --timeout 1800 --hypothesis-profile thorough \
	  -m "not simulate and not crowd" $(ARGS)

coverage: .venv/ready       ## every test, and which lines they reach: twice as slow
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

simulate: .venv/ready       ## the figures of a room at 100,000 visitors, and a day of one's own
	$(BIN)/python -m pytest tests -m "simulate" $(ARGS)

crowd: .venv/ready          ## a few thousand real visitors at two real servers
	$(BIN)/python -m pytest tests -m "crowd" $(ARGS)

check: .venv/ready          ## format, lint and types, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/ready         ## put format and imports right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

readme: .venv/ready         ## write the README's table of settings anew
	$(BIN)/python -m tests.support.readme

bench: .venv/ready          ## measure against the budgets (minutes, on a quiet machine)
	$(BIN)/python -m benchmarks $(ARGS)

dist: .venv/ready           ## wheel and sdist into dist/
	$(BIN)/python -m build

clean:                      ## remove all that git ignores, the virtual environment too
	git clean -dfXq

# A virtual environment that works is kept and brought up to date, any other is made anew.
.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or later is needed: make PYTHON=/path/to/python ...")'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@
