# Needs GNU make and Python 3.11 or newer with its venv module; the first run also needs PyPI.
#   make serve PORT=8001 HOST=0.0.0.0     another address
#   make serve PYTHON=/opt/python3.12     another Python for .venv

PYTHON ?=
HOST ?=
PORT ?=
NEO4J ?=
SECONDS ?= 60
SCALE ?= 1,20
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
unexport VIRTUAL_ENV
# Without cached bytecode, each process that serves or tests compiles all its modules again.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
NEO4J_VERSION = $(if $(NEO4J),--version '$(NEO4J)')
READY := .venv/.synced
CLIENTS := tests/clients
PEER := bench/peer

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: serve
serve: $(READY) ## Start the database, load seeds/ and serve http://127.0.0.1:8000/graphql (PORT=, HOST=)
	@exec $(BIN)/citygraph serve $(if $(HOST),--host '$(HOST)') $(if $(PORT),--port '$(PORT)')

PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder
ON_NEO4J = $(BIN)/python neo4j-server/run.py --temporary --servers 2 $(NEO4J_VERSION) --

.PHONY: test
test: $(READY) ## Run the tests without the slow ones on the embedded database (ARGS= for pytest; -n 0 for one process)
	@$(PYTEST) -m 'not slow' $(ARGS)

.PHONY: test-all
test-all: $(READY) ## Run all tests on the embedded database (ARGS=)
	@$(PYTEST) $(ARGS)

.PHONY: test-neo4j
test-neo4j: $(READY) ## Run the tests without the slow ones on Neo4j servers that it starts (NEO4J= version, ARGS=)
	@$(ON_NEO4J) $(PYTEST) -m 'not slow' $(ARGS)

.PHONY: test-neo4j-all
test-neo4j-all: $(READY) ## Run all tests on Neo4j servers that it starts (NEO4J= version, ARGS=)
	@$(ON_NEO4J) $(PYTEST) $(ARGS)

.PHONY: neo4j
neo4j: $(READY) ## Run Neo4j on loopback, with its data in data/neo4j/ (NEO4J= version)
	@exec $(BIN)/python neo4j-server/run.py --port 7687 $(NEO4J_VERSION)

.PHONY: check
check: $(READY) ## Check style, types, import contracts and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	@$(BIN)/citygraph schema | diff -u schema.graphql - || { echo 'schema.graphql differs; run: make schema' >&2; exit 1; }
	$(BIN)/python -m api.docs --check

.PHONY: format
format: $(READY) ## Format the code and apply ruff's fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: schema
schema: $(READY) ## Generate schema.graphql
	$(BIN)/citygraph schema --output schema.graphql

.PHONY: docs
docs: $(READY) ## Generate docs/{centrality-measures,errors,model,questions,schema-changes,settings}.md and docs/clients/
	$(BIN)/python -m api.docs

.PHONY: translations
translations: $(READY) ## Add new texts and enum values to api/translations, and remove unused ones
	$(BIN)/python -m api.pages.catalogues

.PHONY: test-pages
test-pages: $(READY) ## Test the pages in Chromium, which it installs on Debian if missing (ARGS=)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >&2
	@$(BIN)/python -m pytest -n 0 tests/browser/pages_in_browser.py $(ARGS)

.PHONY: test-clients
test-clients: $(READY) $(CLIENTS)/node_modules/.package-lock.json ## Test GraphQL clients against the server (Node 20; ARGS= names of clients)
	@node $(CLIENTS)/run.js $(ARGS)

.PHONY: test-readers
test-readers: $(READY) ## Test that HyperNetX (PyPI) and igraph for R, which it installs on Debian if missing, read files (ARGS=)
	@Rscript -e 'library(igraph)' >/dev/null 2>&1 \
	  || { apt-get update -qq && apt-get install -y -qq --no-install-recommends r-cran-igraph; } >&2
	@$(BIN)/python -m pytest -n 0 tests/access/hypernetx/hypernetx_reads_hif.py tests/access/r_reads_graphml.py $(ARGS)

.PHONY: fuzz
fuzz: $(READY) ## Send generated operations to the server (SECONDS=60)
	@$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS) $(ARGS)

.PHONY: bench
bench: $(READY) $(PEER)/node_modules/.package-lock.json ## Compare with @neo4j/graphql on Apollo Server (Node 20; SCALE=1,20,200,seeds; ARGS=)
	@$(BIN)/python -m bench.compare --scale '$(SCALE)' $(ARGS)

.PHONY: audit
audit: $(READY) ## Look up the locked dependencies in the OSV database of vulnerabilities (ARGS=)
	@$(BIN)/uv audit --preview-features audit-command --locked --no-dev $(ARGS) || { \
	  code=$$?; test $$code -eq 2 || exit $$code; \
	  echo 'NOT AUDITED: uv could not look up the versions, for the reason above; it needs https://api.osv.dev' >&2; }

.PHONY: sbom
sbom: $(READY) ## Write dist/sbom.json, a software bill of materials (CycloneDX)
	@mkdir -p dist
	$(BIN)/uv export --quiet --locked --no-dev --format cyclonedx1.5 --output-file dist/sbom.json

.PHONY: clean
clean: ## Remove .venv and caches; keep the data folder
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	rm -rf $(PEER)/node_modules $(CLIENTS)/node_modules $(CLIENTS)/.build $(CLIENTS)/python/.venv tests/fuzz/.venv

# The first suitable Python makes .venv. The pinned uv then installs exactly what uv.lock names.
$(READY): pyproject.toml uv.lock
	@if ! test -x $(BIN)/python; then python=; \
	  for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
	    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { python="$$candidate"; break; }; \
	  done; \
	  test -n "$$python" || { \
	    echo "Python 3.11 or newer is needed; none was found as $(or $(PYTHON),python3). Give one: make PYTHON=/path/to/python" >&2; exit 1; }; \
	  echo "Making .venv with $$("$$python" --version) (once)" >&2; \
	  "$$python" -m venv .venv || { \
	    rm -rf .venv; echo "$$python cannot make virtual environments; install its venv module (Debian: python3-venv)" >&2; exit 1; }; \
	fi
	@$(BIN)/uv --version 2>/dev/null | grep -q '^uv $(UV_VERSION)\b' \
	  || $(BIN)/python -m pip install --quiet 'uv==$(UV_VERSION)' >&2
	@$(BIN)/uv sync --quiet --locked
	@touch $@

$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
	  || { echo 'Node 20 or newer, with npm, is needed to start the clients' >&2; exit 1; }
	@cd $(CLIENTS) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(PEER)/node_modules/.package-lock.json: $(PEER)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
	  || { echo 'Node 20 or newer, with npm, is needed to start the peer' >&2; exit 1; }
	@cd $(PEER) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
