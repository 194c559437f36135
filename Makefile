# Everything a person needs: `make run` and `make test` each work alone in a new clone.
PYTHON ?= python3
VENV ?= .venv
OUT ?= outputs/continued-vs-plateau
WORLDS ?= 1000
PORT ?= 8765
DIST ?= dist
CASES ?= 10000
SEED ?= 0

PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt
INSTALLED := $(VENV)/.installed
INSTALLED_PAGE := $(VENV)/.installed-page
INSTALLED_DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help install run test lint statics mechanisms fuzz wheel bench serve calibrations validation forecast clean
# Two installs into one environment at the same time would spoil it, so no rule runs beside another.
.NOTPARALLEL:

help:  ## Say what can be made
	@echo "make WHAT, where WHAT is"
	@sed -n 's/^\([a-z]*\):.*##/  \1\t/p' Makefile
	@echo "Settings: PYTHON=$(PYTHON) VENV=$(VENV) WORLDS=$(WORLDS) OUT=$(OUT) PORT=$(PORT)"

install: $(INSTALLED)  ## Make .venv and install what a run needs

run: $(INSTALLED)  ## The main job: continued scaling against a plateau
	$(PY) -m sim compare continued plateau --worlds $(WORLDS) --out $(OUT)

test: $(INSTALLED_DEV)  ## Run every test
	$(PY) -m pytest

lint: $(INSTALLED_DEV)  ## Check style, format and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

statics: $(INSTALLED_DEV)  ## Print what must hold of labs' choices, and whether it does
	@OPENBLAS_NUM_THREADS=1 $(PY) tests/statics.py --seed $(SEED)

mechanisms: $(INSTALLED_DEV)  ## Fit and score anew without each mechanism (half an hour), for validation
	@OPENBLAS_NUM_THREADS=1 $(PY) tests/mechanisms.py

fuzz: $(INSTALLED_DEV)  ## Try ten thousand odd files and flags (CASES, SEED)
	$(PY) tests/fuzzer.py --cases $(CASES) --seed $(SEED)

wheel: $(INSTALLED_DEV)  ## Build the package into dist/, scenarios and all
	$(PY) -m build --quiet --outdir $(DIST) .

bench: $(INSTALLED)  ## Measure speed on this machine, one line of JSON
	@$(PY) -m sim bench

serve: $(INSTALLED_PAGE)  ## Open the page on this machine, to watch one world
	$(PY) -m sim serve --port $(PORT)

calibrations: $(INSTALLED)  ## Find again, in place of the shipped files, what the record says of the dials (ten minutes)
	$(PY) -m sim calibrate --until 2022-12-31 --replace
	$(PY) -m sim calibrate --until 2023-12-31 --replace
	$(PY) -m sim calibrate --until 2024-12-31 --replace
	$(PY) -m sim calibrate --until 2025-12-31 --replace

validation: $(INSTALLED)  ## Score the calibrations against the record: docs/validation.md
	$(PY) -m sim validation

forecast: $(INSTALLED)  ## Put on file what this version foretells: docs/forecasts/
	@version="$$($(PY) -c 'from sim.version import __version__; print(__version__)')"; \
	if [ -e "docs/forecasts/$$version" ]; then \
	  echo "docs/forecasts/$$version is on file already, and no forecast is made twice." >&2; exit 2; fi; \
	$(PY) -m sim forecast --worlds 2000 --no-figures --quiet --out "docs/forecasts/$$version"

clean:  ## Remove the environment, caches and what was run
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find sim tests scenarios -name __pycache__ -type d -prune -exec rm -rf {} +
	find outputs -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || { \
	  found="$$($(PYTHON) --version 2>/dev/null || echo 'not to be found')"; \
	  echo "This project needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is $$found." \
	       "Install one and say, for example: make install PYTHON=python3.12" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "Could not make $(VENV): on Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }

$(INSTALLED): pyproject.toml constraints.txt | $(PY)
	@echo "Installing (once, about a minute)"
	@$(PIP) -e .
	@touch $@

$(INSTALLED_PAGE): pyproject.toml constraints.txt | $(INSTALLED)
	@echo "Installing the page (once)"
	@$(PIP) -e '.[page]'
	@touch $@

$(INSTALLED_DEV): pyproject.toml constraints.txt | $(PY)
	@echo "Installing with the page and the tests' tools (once, about a minute)"
	@$(PIP) -e '.[page,dev]'
	@touch $(INSTALLED) $(INSTALLED_PAGE) $@
