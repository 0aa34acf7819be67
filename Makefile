# `make run` starts Sudi, `make test` proves it. Both install by themselves what they need into .venv;
# what has to be there before: Python 3.11 or newer with venv, git, and make.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# The tests start hundreds of processes: what Python compiles is kept, also where the machine is set against it.
unexport PYTHONDONTWRITEBYTECODE

# The first Python that fits; `make run PYTHON=/a/python` takes another.
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c '$(FITS)' 2>/dev/null && { echo "$$python"; break; }; done)
IN := .venv/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_USER=0 $(IN)/python -m pip --quiet
COMPILE = PATH="$$PATH:$(IN)" uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-emit-index-url \
	--no-annotate --no-header $(ARGS)
OURSELVES := $(PIP) install --no-deps --no-build-isolation --editable .

.PHONY: help run test long setup lint bench fuzz browser telegram-simulator discord-simulator lock clean

help: ## say what can be made (this list)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 28

run: .venv/ready-to-run | var/posts ## start Sudi on the example posts; ARGS="…" goes to `sudi run`
	@exec $(IN)/python -m bot run --demo $(ARGS)

# One worker more than there are cores: many tests wait for a process or for time to pass.
SIDE_BY_SIDE = -n $$($(IN)/python -c 'import os; print(os.cpu_count() + 1)') --dist worksteal

test: .venv/ready-to-work ## run the tests, except the long ones and those in a browser; ARGS="…" goes to pytest
	@$(IN)/python -m pytest -m "not browser and not long" $(SIDE_BY_SIDE) $(ARGS)

long: .venv/ready-to-work ## run the long tests: the worst posts at the cap, crowds, processes killed again and again
	@$(IN)/python -m pytest -m long $(SIDE_BY_SIDE) $(ARGS)

setup: .venv/ready-to-work ## only install, everything that working on Sudi takes

lint: .venv/ready-to-work ## check style, form, types and layers
	$(IN)/ruff check
	$(IN)/ruff format --check
	$(IN)/mypy
	$(IN)/lint-imports --no-cache

bench: .venv/ready-to-work ## measure; prints a table and writes benchmarks/results/latest.json
	@$(IN)/python -m benchmarks $(ARGS)

fuzz: .venv/ready-to-work ## draw new examples for all properties, for some minutes; TEST_FUZZ=… says how many posts to read
	@TEST_FUZZ=$${TEST_FUZZ:-1000} $(IN)/python -m pytest -m hypothesis --hypothesis-profile anew $(SIDE_BY_SIDE) \
		-o faulthandler_timeout=0 $(ARGS)

browser: .venv/ready-to-work ## run the browser tests, which also make the screenshots
	@$(IN)/python -m pytest -m browser $(ARGS)

telegram-simulator: .venv/ready-to-work ## a Telegram on this machine with a page to be its people; ARGS="--port …"
	@exec $(IN)/python -m tests.platforms.telegram $(ARGS)

discord-simulator: .venv/ready-to-work ## a Discord on this machine with a page to be its people; ARGS="--port …"
	@exec $(IN)/python -m tests.platforms.discord $(ARGS)

lock: $(IN)/python ## pin again what pyproject.toml asks for; ARGS=--upgrade takes newer versions
	@command -v uv >/dev/null || { echo "Installing uv into .venv …"; $(PIP) install uv; }
	$(COMPILE) --group build --output-file requirements/run.txt
	$(COMPILE) --group build --group dev --output-file requirements/dev.txt

clean: ## remove what was installed and measured; posts, database and key in var/ stay
	rm -rf .venv .witnesses dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installing is two lines behind a stamp; a fresh stamp costs nothing.
.venv/ready-to-run: requirements/run.txt pyproject.toml $(IN)/python
	@echo "Installing what Sudi needs, as pinned in requirements/run.txt (a minute, the first time) …"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(OURSELVES)
	@touch $@

# The pins for work hold all pins for running, so that its stamp is fresh as well.
.venv/ready-to-work: requirements/dev.txt requirements/run.txt pyproject.toml $(IN)/python
	@echo "Installing what Sudi and its tests need, as pinned in requirements/dev.txt (two minutes, the first time) …"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(OURSELVES)
	@touch .venv/ready-to-run $@

$(IN)/python:
	@python="$(PYTHON)"; "$$python" -c '$(FITS)' 2>/dev/null || { \
		echo "Sudi needs Python 3.11 or newer with venv; $${python:-every Python on the PATH} is not fit." >&2; \
		echo "On Debian: apt install python3-venv. If yours is elsewhere: make run PYTHON=/path/to/python3" >&2; exit 1; }; \
	echo "Making .venv with $$("$$python" --version) …"; \
	"$$python" -m venv --clear .venv

# The demo's folder: yours to write into from then on.
var/posts:
	@mkdir -p var && cp -R examples/posts var/posts
