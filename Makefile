# Every target makes its own .venv from constraints.txt first; a second run installs nothing.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet

.NOTPARALLEL: # one pip at a time
.PHONY: help test demo lint format bench crosscheck accuracy soak fuzz mutants lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 18

test: .venv/test.stamp ## run the tests, on every core
	$(BIN)/pytest -n auto

demo: .venv/demos.stamp ## train a network of scalars on real data, drawings in out/
	$(BIN)/python demos/04_breast_cancer.py

lint: .venv/lint.stamp ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/lint.stamp ## let ruff repair what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/bench.stamp ## speed, side by side with its peers
	$(BIN)/python tests/bench/bench.py $(BENCH_ARGS)
	$(BIN)/python tests/bench/bench_lift.py $(BENCH_ARGS)
	$(BIN)/python tests/bench/bench_programs.py $(BENCH_ARGS)
	$(BIN)/python tests/bench/bench_lifting.py $(BENCH_ARGS)

crosscheck: .venv/crosscheck.stamp ## compare with PyTorch, JAX and HIPS autograd
	XLA_FLAGS=--xla_force_host_platform_device_count=4 $(BIN)/pytest tests/crosscheck

soak: .venv/test.stamp ## a million random programs and what else takes long; interrupted, it goes on
	$(BIN)/python -m tests.soak.random_programs $(SOAK_ARGS)
	$(BIN)/pytest tests/soak $(SOAK_ARGS)

accuracy: .venv/accuracy.stamp ## measure every row of the table at 100,000 points: some 20 minutes
	$(BIN)/python -m tests.accuracy $(ACCURACY_ARGS)

fuzz: .venv/test.stamp ## a million hostile inputs: expressions, files, labels
	$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)
	$(BIN)/pytest tests/fuzz

mutants: .venv/mutants.stamp ## faults put into the engine: does a test see each? interrupted, it goes on
	$(BIN)/python -m tests.mutants $(MUTANTS_ARGS)
	$(BIN)/pytest tests/mutants

lock: ## write constraints.txt anew, with today's versions
	rm -rf .venv/lock
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip install --quiet --upgrade pip
	.venv/lock/bin/python -m pip install --quiet --upgrade setuptools editables hatchling --editable '.[all]'
	.venv/lock/bin/python -m pip freeze --all --exclude-editable | sed 's/+cpu$$//' > constraints.txt
	rm -rf .venv/lock

clean: ## remove whatever these targets made
	rm -rf .venv out dist .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/pip.stamp: constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("autograd_mini needs Python 3.11 or newer: make PYTHON=/path/to/python3")'
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) --constraint constraints.txt --upgrade pip
	@touch $@

# One stamp per extra of pyproject.toml. The build's own tools are pinned by the same file.
.venv/%.stamp: .venv/pip.stamp pyproject.toml
	$(INSTALL) --constraint constraints.txt --build-constraint constraints.txt --editable '.[$*]'
	@touch $@
