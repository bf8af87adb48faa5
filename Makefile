# The commands of the README; all of them make the environment first.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
SIZE ?= paper
CORES ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: env reproduce gallery accuracy test verify lint docs bench clean-env

env: .venv/ready

# editable_mode=compat puts this folder on the path itself: otherwise a script that is started in the
# folder above would find the checkout, whose name is that of the package, as an empty package.
.venv/ready: requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "twoqs needs Python 3.11 or newer; $(PYTHON) is not. Try: make PYTHON=..."; exit 2; }
	"$(PYTHON)" -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
	    --config-settings editable_mode=compat --editable .
	touch $@

reproduce: env
	snakemake --cores $(CORES) --config size=$(SIZE)

# All items, or those that ITEMS names.
gallery: env
	snakemake --cores $(CORES) --config size=$(SIZE) -- $(or $(ITEMS:%=results/gallery/%.png),gallery)

accuracy: env
	snakemake --cores $(CORES) --config size=$(SIZE) -- accuracy

# The long tests come first; whoever has no test left takes half of what another one has. Many wait
# for processes: with one for each core, those leave a sixth of the cores' time unused.
test: env
	pytest --numprocesses $$(($(CORES) + 1)) --dist worksteal tests

verify: env
	pytest -s verification

lint: env
	ruff check .
	ruff format --check .
	mypy
	snakemake --lint

docs: env
	sphinx-build --fail-on-warning --keep-going --quiet docs build/site

bench: env
	python benchmarks/kernel.py
	python benchmarks/peers.py
	python benchmarks/scaling.py
	python benchmarks/pipeline.py
	python benchmarks/query.py

clean-env:
	rm -rf .venv
