# make demo   shows what unifig does with real programs
# make test   runs every test
# make lint   checks style, types and layers
# make bench  measures speed beside the peers
#
# Each sets up what it needs in .venv, from PyPI, with the versions of constraints.txt.

VENV := .venv
BIN := $(VENV)/bin
# The first Python on this machine that unifig's tests can run on (TensorFlow ends at 3.13).
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check -c constraints.txt
# torch's default build brings gigabytes of CUDA: outside CI it is left to whoever wants its tests
# (make test TORCH=torch).
TORCH ?= $(if $(CI),torch)
# The browser that tests drive, as tests/browser/conftest.py finds it.
BROWSER := $(or $(UNIFIG_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: demo demo-tf test lint bench clean

demo: $(VENV)/demo.stamp
	@$(BIN)/python examples/demo.py

demo-tf: $(VENV)/test.stamp
	@$(BIN)/python examples/demo.py tf1_train.py

test: $(VENV)/test.stamp $(VENV)-omegaconf/stamp
	@test -n "$(BROWSER)" || echo "The tests of the page need Chromium and are skipped without: apt-get install chromium, or UNIFIG_CHROMIUM=/path/to/chromium"
	$(BIN)/python -m pytest -n 3 --dist loadfile $(PYTEST_ARGS)
	$(VENV)-omegaconf/bin/python -m pytest tests/adapters/test_omegaconf.py tests/adapters/test_omegaconf_rebuild.py $(PYTEST_ARGS)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/test.stamp $(VENV)-bench/stamp
	$(BIN)/python tests/benchmarks --peers $(VENV)-bench $(BENCH_ARGS)

clean:
	rm -rf $(VENV) $(VENV)-omegaconf $(VENV)-bench

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "unifig needs Python 3.11, 3.12 or 3.13: install one, or name it, make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml constraints.txt examples/requirements.txt | $(VENV)/bin/python
	$(BIN)/python $(PIP_INSTALL) -r examples/requirements.txt -e ".[cli,ui]"
	@touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt tests/requirements.txt examples/requirements.txt | $(VENV)/bin/python
	$(BIN)/python $(PIP_INSTALL) $(TORCH) -r tests/requirements.txt -r examples/requirements.txt -e ".[cli,ui]"
	@touch $@

$(VENV)-bench/stamp: tests/benchmarks/peers.txt | $(VENV)/bin/python
	$(BIN)/python tests/benchmarks/install.py $(VENV)-bench
	@touch $@

# Hydra needs an OmegaConf below 2.4; the newest is tested in an environment of its own.
$(VENV)-omegaconf/stamp: pyproject.toml tests/requirements-omegaconf.txt | $(VENV)/bin/python
	$(BIN)/python -m venv $(VENV)-omegaconf
	$(VENV)-omegaconf/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements-omegaconf.txt -e ".[store]"
	@touch $@
