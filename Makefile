# A fresh machine needs only Python >= 3.11 and make: every target sets itself up.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# So that modules are compiled once, not by every process that a test starts.
unexport PYTHONDONTWRITEBYTECODE
# How many processes share the tests: three more than there are processors, because tests often wait
# for browsers, servers and clocks. A part of the tests runs in one process.
JOBS ?= $(if $(ARGS),0,$(shell expr $$(getconf _NPROCESSORS_ONLN) + 3))

comma := ,
EXTRA_php := serve

.DEFAULT_GOAL := help
.PHONY: help demo demo-flask demo-django demo-any test browser outside long thorough stores coverage simulate soak crowd hold shapes check format \
  readme docs bench dist sbom lowest newest django windows workflows address clean

help:                       ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1@\2/p' Makefile | while IFS=@ read -r target text; \
	  do printf '%-18s%s\n' "$$target" "$$text"; done

demo: .venv/demo-starlette  ## run a ticket shop behind a waiting room, with a crowd, on Starlette
	$(BIN)/python -m vwr_middleware demo $(ARGS)

demo-flask: .venv/demo-flask  ## run the same shop in Flask
	$(BIN)/python -m vwr_middleware demo flask $(ARGS)

demo-django: .venv/demo-django  ## run the same shop in Django
	$(BIN)/python -m vwr_middleware demo django $(ARGS)

demo-any: .venv/demo-php    ## run a shop in PHP behind nginx, which asks the room, with a crowd
	$(BIN)/python -m vwr_middleware demo php $(ARGS)

test: .venv/ready           ## run the tests (JOBS=n)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

browser: .venv/ready        ## test the pages in a browser; as root on Debian, install one
	@tools/install_browser
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal \
	  -m "browser and not long and not outside and not thorough and not simulate and not crowd and not soak" \
	  $(ARGS)

outside: .venv/ready        ## test it behind proxies and beside other software, and what people install
	@tools/install_browser
	@tools/install_servers
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal \
	  -m "outside and not thorough and not simulate and not crowd and not soak" $(ARGS)

long: .venv/ready           ## run the long tests: simulated days, rehearsals, more doors, servers, stores
	@tools/install_browser
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal \
	  -m "long and not outside and not thorough and not simulate and not crowd and not soak" $(ARGS)

thorough: .venv/ready       ## run them in all combinations, with ten times as many examples
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --timeout 1800 --hypothesis-profile thorough \
	  -m "not simulate and not crowd and not soak" $(ARGS)

stores: .venv/ready         ## run the stores' tests over each release of the servers (ARGS="Redis 6"; minutes)
	$(BIN)/python -m tools.store_matrix -n2 $(ARGS)

coverage: .venv/ready       ## run all tests, and show which lines they reach (twice as slow)
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

simulate: .venv/ready       ## simulate rooms with 100,000 visitors (minutes)
	$(BIN)/python -m pytest tests -m "simulate" $(ARGS)

soak: .venv/ready           ## an hour of rush in PostgreSQL, beside a long transaction (SOAK_SECONDS=n)
	$(BIN)/python -m pytest -s tests/postgres -m "soak" $(ARGS)

crowd: .venv/ready          ## send a few thousand real visitors to real servers
	$(BIN)/python -m pytest tests -m "crowd" $(ARGS)

hold: .venv/ready           ## hold 10,000 people in line on one core (minutes; ARGS="--people 100000")
	$(BIN)/python -m benchmarks.hold $(ARGS)

shapes: .venv/ready         ## simulate 20 shapes of a day in rooms of 1 to 5,000 slots, and print how true all was (minutes)
	$(BIN)/python -m benchmarks.shapes $(ARGS)

check: .venv/ready          ## check format, lint, types and spelling, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell *.md docs examples templates static/src vwr_middleware tools
	$(BIN)/mypy

format: .venv/ready         ## fix format and imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

readme: .venv/ready         ## update the tables of settings and of what breaks, the compose file's nginx, the public names
	$(BIN)/python -m tests.support.readme
	$(BIN)/python -m tests.support.faults
	$(BIN)/python -m tests.support.compose
	$(BIN)/python -m tests.project.test_public_names

docs: .venv/ready           ## build the documentation as a site, into build/site/
	$(BIN)/python -m tools.build_site

bench: .venv/ready          ## measure what requests cost, beside what nobody can beat (minutes, on a quiet machine)
	$(BIN)/python -m benchmarks $(ARGS)

dist: .venv/release         ## build wheel and sdist into dist/, twice, compare and check them
	$(BIN)/python -m tools.make_dist $(ARGS)

lowest: .venv/release       ## run the tests with the lowest versions that are allowed (ARGS="tests/doors")
	$(BIN)/nox -s lowest -- $(ARGS)

django: .venv/release       ## run the tests of frameworks with each Django
	$(BIN)/nox -s django -- $(ARGS)

newest: .venv/release       ## run the tests with releases of others that are still to come
	$(BIN)/nox -s newest -- $(ARGS)

sbom: .venv/release         ## list what the wheel in dist/ brings along, as dist/sbom.cdx.json
	$(BIN)/nox -s sbom

windows: .venv/ready        ## check the types of the package as they are on Windows
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 vwr_middleware

workflows: .venv/ready      ## lint the workflows of the public CI
	$(BIN)/zizmor --offline --quiet .github
	@if command -v actionlint > /dev/null; then actionlint; else echo "actionlint is not here: skipped"; fi

address:                    ## write the project's address wherever it stands (URL=https://…)
	@test -n "$(URL)" || { echo "make address URL=https://..."; exit 1; }
	git grep -lI 'https://code\.example/vwr-middleware' -- . ':!Makefile' | xargs sed -i 's#https://code\.example/vwr-middleware#$(URL)#g'

clean:                      ## remove everything that git ignores, .venv too
	git clean -dfXq

# A working virtual environment is kept and updated; any other is replaced.
define venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or later is needed: make PYTHON=/path/to/python ...")'
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
endef

.venv/ready: pyproject.toml
	@echo "Installing what tests and tools need into .venv: this takes a minute or two."
	$(venv)
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

.venv/release: .venv/ready
	$(BIN)/python -m pip install --quiet --group release
	@touch $@

# No more than the demo needs.
.venv/demo-%: pyproject.toml
	@echo "Installing what the demo needs into .venv: this takes about a minute."
	$(venv)
	$(BIN)/python -m pip install --quiet --editable '.[demo$(and $(filter-out starlette,$*),$(comma)$(or $(EXTRA_$*),$*))]'
	@touch $@
