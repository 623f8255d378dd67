# Everything runs from here, on a fresh Linux machine with Python 3.11 and make: `make help`.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := .uv/bin/uv
BIN := .venv/bin
STACK ?= dev
PACKAGES := benchmark cli components gateway load monitoring planner portal preflight rehearsal residue settings tools workspace $(wildcard policies/guardrails __main__.py)

.PHONY: docs release help setup deploy-setup preview up rehearse rehearse-down portal portal-down promtool postgres chromium portal-screenshots test test-unit soak check policy-check bench bench-portal clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' $(MAKEFILE_LIST)

setup: $(UV) ## for rehearsal, portal and tests: everything, Pulumi's engine and the Kubernetes control plane built too
	@# The Go builds need no more than this Python, so they run while the environment is set up.
	@$(PYTHON) -m rehearsal.engine.build & build=$$!; \
	trap 'kill $$build 2>/dev/null' INT TERM; \
	$(MAKE) --no-print-directory .venv/synced || { kill $$build 2>/dev/null; wait $$build; exit 1; }; \
	wait $$build
	@# With the SDK at hand its own installer may bring the engine; with everything there this takes no time.
	@$(BIN)/python -m rehearsal.engine.build

deploy-setup: $(UV) ## for operators: the Python environment of a real deployment and no more (no rehearsal, no tests)
	$(UV) sync --locked --inexact

# The Pulumi CLI on PATH runs the program with the uv of this checkout.
GUARDED = arguments=$$($(BIN)/python -m settings.loading.policy_config $(STACK)) && PATH="$(CURDIR)/.uv/bin:$$PATH"
preview: deploy-setup ## for operators: preview the real STACK=dev under the guardrails (ARGS= for more of pulumi's options)
	@$(GUARDED) pulumi preview --stack $(STACK) $$arguments $(ARGS)

up: deploy-setup ## for operators: deploy the real STACK=dev under the guardrails, after a preview that you confirm (ARGS=)
	@$(GUARDED) pulumi up --stack $(STACK) $$arguments $(ARGS)

rehearse: setup ## deploy the dev stack into the rehearsal and chat with it
	$(BIN)/rehearse up --stack dev --chat

rehearse-down: ## take the rehearsal away without a trace
	@if [ -x $(BIN)/rehearse ]; then $(BIN)/rehearse down; else echo 'nothing is set up here'; fi

PORTAL_SANDBOX ?= portal
portal: setup ## the self-service portal against a rehearsed platform, with two seeded teams (PORT=, DATABASE_URL=)
	@$(BIN)/rehearse outputs --sandbox $(PORTAL_SANDBOX) --stack dev cluster_name >/dev/null 2>&1 \
	|| $(BIN)/rehearse up --sandbox $(PORTAL_SANDBOX) --stack dev --stack-file portal/rehearsal.dev.yaml --policy-pack-config portal/rehearsal.policies.json
	@mkdir -p -m 700 .portal
	@$(BIN)/rehearse connect --sandbox $(PORTAL_SANDBOX) --file .portal/connection.json
	@export PORTAL_SIGN_IN=local PORTAL_CONNECTION_FILE=.portal/connection.json; \
	$(BIN)/python -m portal seed && exec $(BIN)/python -m portal serve

portal-down: ## take the portal's rehearsal and data away; refused while the portal runs
	@if [ -x $(BIN)/rehearse ]; then $(BIN)/python -m portal stopped --data-dir .portal && $(BIN)/rehearse down --sandbox $(PORTAL_SANDBOX); fi
	rm -rf .portal

# The portal's tests run on both databases; where nobody can install PostgreSQL they say that they left it out.
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] \
	|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null \
	|| echo 'PostgreSQL could not be installed'

# Browser tests want a real Chromium: the system's, else Playwright's own; where there is none they say so.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| $(BIN)/playwright install chromium || echo 'Chromium could not be installed'

portal-screenshots: .venv/synced chromium ## the screenshots of docs/portal.md, made again
	$(BIN)/python -m tests.portal.browser.screenshots

docs: .venv/synced ## write the generated pages and tables of the documentation
	$(BIN)/python -m tools.docs

# promtool and amtool check the rules and the configuration; they are built with the programs that integration tests run.
promtool: .venv/synced
	@$(BIN)/python -m rehearsal.controllers prometheus alertmanager

# One for each of two processors: a third makes sandboxes wait for each other, and the whole take longer (in CI, 2026-11-27
# and 28: 1,613 s in place of 1,220).
WORKERS ?= 2
# To collect every test takes more than a minute.
INTEGRATION = tests/integration $$(grep -rl --include='test_*.py' --exclude-dir integration --exclude-dir gateway 'mark\.integration' tests)
test: setup promtool postgres chromium ## every test (WORKERS=2)
	$(BIN)/pytest -m 'not integration' -n $(WORKERS) --ignore tests/gateway
	@# Envoy's messages and Pulumi's both define google.rpc.Status, so one process cannot import both.
	$(BIN)/pytest -m 'not integration' -n $(WORKERS) tests/gateway
	@# A module is one worker's, for its tests share a sandbox; tests/conftest.py has the order.
	$(BIN)/pytest -m integration -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(INTEGRATION)

test-unit: .venv/synced ## the program's tests: no Go, no rehearsal, no portal; half a minute at most
	$(BIN)/pytest -m 'not integration and not thorough' -n 2 $(wildcard tests/*.py) $(addprefix tests/,cli components monitoring settings tools goldens_components planner policies preflight residue)

soak: setup chromium ## the generated tests with 5,000 examples each (CI: 50 to 300), and stacks for which CI has no time; hours; K=NAME for some
	@# No test waits for a build.
	@$(BIN)/python -m rehearsal.controllers
	@# A module is one worker's, for its tests share a sandbox. Exit code 5: no test of this half is chosen.
	@for part in 'tests --ignore tests/gateway' tests/gateway; do \
	$(BIN)/pytest -m soak --hypothesis-profile=soak -n 2 --dist loadfile -v --durations 20 --timeout 36000 $(if $(K),-k '$(K)') $$part || [ $$? = 5 ] || exit 1; done

check: .venv/synced ## formatting, lint, types, import contracts, wording, tests' tree, generated pages, the policies' files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports
	$(BIN)/python -m tools.checks
	cd policies && ../$(BIN)/lint-imports && ../$(BIN)/python -m guardrails.lint

policy-check: setup ## preview STACK=dev under the guardrails; report as table and SARIF in .policy-check/ (REAL=1: the real stack)
	$(BIN)/rehearse policy-check --stack $(STACK) $(if $(REAL),--real)

release: setup ## prepare VERSION=0.2.0: version, changelog, upgrade notes, states of every stack for tests/upgrade; then commit and tag
	@$(BIN)/python -m tools.release $(or $(VERSION),$(error VERSION= is missing, such as VERSION=0.2.0))
	@$(BIN)/python -m tests.upgrade.saved $(VERSION)
	@$(MAKE) --no-print-directory docs
	@echo 'next: git diff; git commit -am "Release $(VERSION)"; git tag -a v$(VERSION) -m "$(VERSION)"'

bench: setup ## measure the guardrails, the program's start, gateway, Prometheus and rehearsal; tables go to .bench/
	PYTHONPATH=policies $(BIN)/python -m tests.policies.speed
	$(BIN)/python -m tests.start_time
	$(BIN)/python -m tests.gateway.bench
	$(BIN)/python -m tests.monitoring.bench
	$(BIN)/python -m rehearsal.bench

bench-portal: setup ## load the portal and kill it KILLS=20 times, against the rehearsal; tables go to .bench/
	$(BIN)/python -m portal.bench --kills $(or $(KILLS),20)

clean: rehearse-down portal-down ## remove what the other targets made in this checkout; the caches in ~/.cache stay
	rm -rf .venv .uv .rehearsal .bench .policy-check .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): rehearsal/engine/bootstrap.py
	@$(PYTHON) rehearsal/engine/bootstrap.py .uv
	@touch $@

.venv/synced: $(UV) pyproject.toml uv.lock
	$(UV) sync --locked --all-groups
	@touch $@
