# `make` lists what there is; `make run` and `make test` need only Python 3.11+, git and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
COMPILED := .venv/.compiled
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# A pip of before 23.3 compares every file of an index with a thousand platforms: a minute of work here.
# The lock is complete, so nothing has to be resolved; what is imported is compiled when it is imported.

.PHONY: help run test demo check fmt bench snap docs clean
help:            ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	-$(PIP) --upgrade 'pip>=25'
	$(PIP) --no-compile --no-deps -r requirements.lock
	$(PIP) --no-deps -e .
	@touch $@

run: $(READY)    ## open the cockpit (on the demo, while nothing is configured)
	$(BIN)/aio-tui --or-demo $(ARGS)

demo: $(READY)   ## open the cockpit on the demo
	$(BIN)/aio-tui demo $(ARGS)

check: $(READY)  ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(READY)   ## everything that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory -j2 types tests

.PHONY: types tests
types:
	$(BIN)/mypy
	$(BIN)/lint-imports
# Twice as many processes as two cores: while a test waits for a terminal or a limit, others work.
# One that fails is tried once more, and if it passes then, the last lines name it and say how it had failed.
tests: $(COMPILED)
	$(BIN)/python -m pytest -n 4 --dist worksteal --reruns 1 $(ARGS)

# In a new checkout each of them would compile all tests and all that they import, at the same time.
$(COMPILED): $(READY)
	@-$(BIN)/python -m pytest -q --collect-only >/dev/null
	@touch $@

fmt: $(READY)    ## format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## print the figures of benchmarks/
	$(BIN)/python -m benchmarks $(ARGS)

snap: $(READY)   ## compare the screens with the kept ones; UPDATE=1 keeps the new ones
	AIO_TUI_UPDATE_SNAPSHOTS=$(UPDATE) $(BIN)/python -m pytest $(or $(ARGS),tests/tui)

docs: $(READY)   ## draw again what is made from code
	AIO_TUI_UPDATE_DOCS=1 $(BIN)/python -m pytest -q tests/architecture/test_documents.py
	$(BIN)/python -m aio_tui.keys_page

.PHONY: pictures
pictures: $(READY) ## take the pictures of the README anew, from the demo
	$(BIN)/python -m aio_tui.demo.pictures docs/pictures

clean:           ## remove the environment and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
