# Two commands on a fresh machine with Python 3.11+ and make: `make demo`, `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

PYWB := .venv-pywb/.ready

.PHONY: setup demo packages pywb test check format lock clean

setup: $(READY)

# Two installs: pip refuses a local path while it checks hashes.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Govwatch needs Python 3.11 or newer; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)
	$(BIN)/govwatch demo

# Debian packages that tests use, as root: the browser that looks at `govwatch serve`,
# and xmllint for feeds. Without them those tests are skipped, and fail where CI is set.
packages:
	@{ command -v chromium && command -v xmllint; } >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -q --no-install-recommends chromium libxml2-utils; }

# A web archive that tests ask for what it kept, in an environment of its own: it needs
# older libraries than ours. Without it those tests are skipped, and fail where CI is set.
pywb: $(PYWB)

$(PYWB): tests/e2e/pywb.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Needs uv on the PATH. Writes neither index nor file addresses.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --all-extras pyproject.toml -o requirements.txt
	sed -i '1i # Made by `make lock` from pyproject.toml; do not edit.' requirements.txt
	echo pywb | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-annotate - -o tests/e2e/pywb.txt
	sed -i '1i # Made by `make lock`; do not edit.' tests/e2e/pywb.txt

clean:
	rm -rf $(VENV) .venv-pywb .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
