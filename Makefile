# Every target sets up what it needs by itself: a virtual environment in .venv and the packages
# of pyproject.toml. Only Python 3.11 to 3.13 and make must be there.

VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11)
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: run test test-slow install bench check clean
.DEFAULT_GOAL := run

run: install
	@$(BIN)/cosim run lenet5

test: $(VENV)/.dev-installed
	@$(BIN)/python -m pytest

test-slow: $(VENV)/.dev-installed
	@$(BIN)/python -m pytest -m slow || [ $$? -eq 5 ]  # 5: there are none

bench: $(VENV)/.dev-installed
	@$(BIN)/python -m pytest -m bench --capture=no --quiet

check: $(VENV)/.dev-installed
	@echo "format";  $(BIN)/ruff format --check .
	@echo "lint";    $(BIN)/ruff check .
	@echo "types";   $(BIN)/mypy
	@echo "floors";  $(BIN)/lint-imports --no-logo

install: $(VENV)/.warm

clean:
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.warm: $(VENV)/.installed
	@$(BIN)/cosim doctor --warm
	@touch $@

$(VENV)/.dev-installed: $(VENV)/.installed
	@echo "installing the tools for tests and checks"
	@$(PIP) install --editable ".[dev]"
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	@echo "installing cosim and what it needs into $(VENV) (TensorFlow is large: some minutes)"
	@$(PIP) install --upgrade pip
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.made:
	@set -e; \
	for python in $(CANDIDATES); do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	      >/dev/null 2>&1; then \
	    echo "making $(VENV) with $$($$python --version)"; \
	    $$python -m venv $(VENV) || { \
	      echo "$$python cannot make a virtual environment;" \
	        "on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	    touch $@; exit 0; \
	  fi; \
	done; \
	echo "cosim needs Python 3.11, 3.12 or 3.13; none of these is one: $(CANDIDATES)." \
	  "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; \
	exit 1
