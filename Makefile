# `make run` on a fresh clone: a virtual environment, an install, a sample project, and the screen on it.
# Needs Python 3.11 or newer, git, Node.js and npm. Nothing but pip uses the network, and apt where CI=true.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
# Each process of the tests would compile all of them anew, half of what it takes to begin.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= .demo
# One more than the cores of a small machine: much of a test is waiting for programs.
WORKERS ?= 3
KILLS ?= 210
SEED ?= 1
INPUTS ?= 100000
EVERY ?= 13
# pip asks for the version of rustc, and a rustup that nobody has set up makes a folder in the home for that.
RUSTUP := $(if $(RUSTUP_HOME)$(wildcard $(HOME)/.rustup),,RUSTUP_HOME=$(abspath $(VENV))/rustup)
PIP := $(RUSTUP) $(BIN)/python -m pip --disable-pip-version-check
# What pip is about, a line a step; what goes wrong comes on stderr, as ever.
STEPS := while read -r word what rest; do case "$$word $$what $$rest" in \
  "Collecting "*) echo "  fetching $${what%%[<>=!~;\[]*}";; \
  "Installing build dependencies: started"*) echo "  fetching what builds it";; \
  "Building editable "*started*) echo "  building it";; \
  "Installing collected packages: "*) echo "  installing all of it";; esac; done
SOURCES := loop_tui tests bench

.PHONY: help run test tools lint types suite fmt bench crash services offline screenshots recording docs soak fuzz mutants core wheel clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(VENV)/.installed ## install, make the sample project, open it (without a terminal: ship it headless)
	@$(BIN)/loop-tui demo $(DEMO)

test: tools $(VENV)/.developing ## everything that has to hold: lint, types, import rules, tests
	@$(MAKE) --no-print-directory lint types suite

tools: | $(BIN)/python ## what the tests need besides Python: installed where CI=true and apt may, else named
	@$(BIN)/python -m tests.needs
	@$(BIN)/python -m tests.npm_tools

lint: $(VENV)/.developing ## ruff: rules and format; files are opened in one place
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/python -m tests.opening

suite: $(VENV)/.developing ## the tests alone, as `make test` has them
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup

types: $(VENV)/.developing ## mypy, and who may import whom
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(VENV)/.developing ## fix what ruff can fix
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/.developing ## speed, each figure beside the bare tool and its budget
	@$(BIN)/python -m bench.run $(ROWS)

crash: $(VENV)/.developing ## kill drivers at KILLS instants (SEED), and each EVERY-th aimed kill, power cut and disk fault
	@$(BIN)/python -m tests.crash --kills $(KILLS) --seed $(SEED) --jobs $(WORKERS)
	@$(BIN)/python -m tests.crash.injected --every $(EVERY) --jobs $(WORKERS)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "long and crash"

services: $(VENV)/.developing ## the long form of what GitHub, servers, terminals and screens can do to us
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup -m "long and not crash"

offline: $(VENV)/.developing ## the tests where there is no network at all (Linux)
	@unshare --map-root-user --net $(BIN)/python tests/offline.py $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup

screenshots: $(VENV)/.developing ## draw the pictures in screenshots/ anew
	@$(BIN)/python -m screenshots.draw

recording: $(VENV)/.developing ## record screenshots/demo.svg anew: a release, picture by picture
	@$(BIN)/python -m screenshots.record

docs: $(VENV)/.developing ## make docs/keys.md, docs/errors.md, the manual page and the index of docs/README.md anew
	@$(BIN)/python -m loop_tui.cli.reference docs
	@$(BIN)/loop-tui docs index

soak: $(VENV)/.developing ## random keys at every screen: 20 seeds of 60 s; 100,000 keys of text into prompts; 2,000 openings under resizes
	@$(BIN)/python -m tests.soak --seeds 20 --seconds 60
	@$(BIN)/python -m tests.typing_soak --keys 100000
	@$(BIN)/python -m tests.openings --times 2000

fuzz: $(VENV)/.developing ## 100,000 damaged and hostile contents for every file that is read (INPUTS, SEED)
	@$(BIN)/python -m tests.fuzz --inputs $(INPUTS) --seed $(SEED)

mutants: $(VENV)/.developing ## break one rule at a time, and see that the tests notice (ONLY="ID ...")
	@$(BIN)/python -m tests.mutants --jobs $(WORKERS) $(if $(ONLY),--only $(ONLY))

core: $(VENV)/.developing ## the tests of the core, in a copy without packs/ship
	@$(BIN)/python -m tests.without_ship -n $(WORKERS)

wheel: $(VENV)/.developing ## dist/*.whl
	@$(BIN)/python -m build --wheel --no-isolation

clean: ## remove what make made, and the demo: environment, sample projects, builds, caches
	rm -rf $(VENV) $(DEMO) loop-tui-demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- environments. Each stamp is newer than what it was made from, so a second `make run` installs nothing. ---

$(BIN)/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "$$($$python --version): making $(VENV)"; $(RUSTUP) $$python -m venv $(VENV); exit 0; fi; done; \
	echo "loop-tui needs Python 3.11 or newer with venv: get it from python.org or your package manager" >&2; exit 1

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing loop-tui into $(VENV), once; with nothing in pip's cache it takes a minute or so"
	@$(PIP) install -c constraints.txt -e . | $(STEPS)
	@touch $@

# `--group` needs pip 25.1; older Pythons bring an older one.
$(VENV)/.developing: pyproject.toml constraints.txt $(VENV)/.installed
	@echo "installing the development tools into $(VENV)"
	@$(PIP) install -c constraints.txt --upgrade pip | $(STEPS)
	@$(PIP) install -c constraints.txt --group dev | $(STEPS)
	@touch $@
