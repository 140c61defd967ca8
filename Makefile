# `make up` deploys everything and `make test` tests everything. The rest is for daily work.
.DEFAULT_GOAL := help
SHELL := /bin/bash
STACK ?= local
PYTHON ?= python3
VENV := .venv/bin/python
RUN = $(VENV) -m commands
YES_OPTION = $(if $(YES),--yes)
FORCE_OPTION = $(if $(FORCE),--force)
REPORT_OPTION = $(if $(REPORT),--report "$(REPORT)")
PLAN_OPTION = $(if $(PLAN),--plan "$(PLAN)")
SUMMARY_OPTIONS = $(if $(FORMAT),--format "$(FORMAT)") $(if $(OUT),--out "$(OUT)")

# What `tools` makes for a target; everything for the others, and for several targets at once.
up preview drift status canary canary-status rollback promote down: \
	NEEDS = --for deploy $(if $(filter local,$(STACK)),cluster)
render policy-benchmark: NEEDS = --for deploy
cluster cluster-down: NEEDS = --for cluster
test-fast policy-mutants: NEEDS = --for quick-tests
drift-issue new-service test-browser lock lock-check sbom docs: NEEDS = --for environment

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: up
up: tools ## deploy to the embedded local cluster, or STACK=dev KUBECONFIG=...; PLAN=file deploys that plan only
	@$(RUN) up --stack $(STACK) $(YES_OPTION) $(FORCE_OPTION) $(REPORT_OPTION) $(PLAN_OPTION)

.PHONY: preview
preview: tools ## show what `make up` would change: FORMAT=markdown|json; OUT=, REPORT=dir, PLAN=file for CI
	@$(RUN) preview --stack $(STACK) $(FORCE_OPTION) $(REPORT_OPTION) $(SUMMARY_OPTIONS) \
		$(PLAN_OPTION)

.PHONY: drift
drift: tools ## compare the cluster with what STACK deployed; fail if it differs: OUT=dir
	@$(RUN) drift --stack $(STACK) $(SUMMARY_OPTIONS)

.PHONY: drift-issue
drift-issue: tools ## open, update or close the GitHub issue about the drift in OUT
	@$(RUN) drift-issue "$(OUT)"

.PHONY: render
render: tools ## write what STACK would deploy as YAML into rendered/<stack> or OUT; needs no cluster
	@$(RUN) render --stack $(STACK) --out "$(OUT)"

.PHONY: status
status: tools ## show each service: pods ready, style, callers, canary
	@$(RUN) status --stack $(STACK)

.PHONY: canary
canary: tools ## send WEIGHT per cent of the requests to the new version of SERVICE
	@$(RUN) canary --stack $(STACK) --service "$(SERVICE)" --weight "$(WEIGHT)" \
		$(FORCE_OPTION) $(YES_OPTION)

.PHONY: canary-status
canary-status: tools ## show each canary: success rate, latency, share, verdict
	@$(RUN) canary-status --stack $(STACK) --service "$(SERVICE)"

.PHONY: rollback
rollback: tools ## send no more requests to the new version of SERVICE, at once
	@$(RUN) rollback --stack $(STACK) --service "$(SERVICE)"

.PHONY: promote
promote: tools ## make the new version of SERVICE the stable one, in two steps
	@$(RUN) promote --stack $(STACK) --service "$(SERVICE)" $(FORCE_OPTION) $(YES_OPTION)

.PHONY: down
down: tools ## remove everything that `make up` deployed
	@$(RUN) down --stack $(STACK) $(YES_OPTION)

.PHONY: new-service
new-service: tools ## add the service NAME to the catalogue: IMAGE, PORT, CALLS, CALLED_BY, STYLE
	@$(RUN) new-service --name "$(NAME)" --image "$(IMAGE)" --port "$(PORT)" \
		--calls "$(CALLS)" --called-by "$(CALLED_BY)" --style "$(STYLE)"

.PHONY: test
test: tools ## run ruff, mypy, unit, policy and cluster tests
	@$(VENV) -m tools.check

.PHONY: test-own-tools
test-own-tools: tools ## run all tests with your own Pulumi CLI and Kubernetes provider
	@$(VENV) -m tools.check --own-tools

.PHONY: test-fast
test-fast: tools ## run the quick tests, without engines, clusters and sweeps, in under a minute
	@$(VENV) -m tools.check --fast

.PHONY: test-browser
test-browser: tools ## test the frontend's page in Chromium (needs chromium, chromium-driver, nginx)
	@$(VENV) -m pytest tests/browser -q

.PHONY: test-alerts
test-alerts: tools ## test the rules of objectives and alerts (needs promtool and prometheus)
	@$(VENV) -m pytest tests/observability -q

.PHONY: policy-benchmark
policy-benchmark: tools ## measure what the policy pack adds to a preview of 1,000 resources
	@$(VENV) -m tools.benchmark_pack

.PHONY: policy-mutants
policy-mutants: tools ## check that a test fails for each small change of the rules: MODULE=reading.durations
	@$(VENV) -m tools.mutation $(MODULE)

.PHONY: frontend
frontend: ## rebuild the frontend's page (needs Node.js)
	@$(PYTHON) -m tools.frontend

.PHONY: frontend-check
frontend-check: ## build a copy of the page and compare it with the committed one (needs Node.js)
	@$(PYTHON) -m tools.frontend --check

.PHONY: tools
tools: ## set up the virtual environment, and every tool that is not on PATH
	@$(PYTHON) -m tools.toolchain $(if $(word 2,$(MAKECMDGOALS)),,$(NEEDS))

.PHONY: cluster
cluster: tools ## start the embedded local cluster
	@$(VENV) -m tools.cluster up

.PHONY: cluster-down
cluster-down: tools ## stop and delete the embedded local cluster
	@$(VENV) -m tools.cluster down

.PHONY: lock
lock: tools ## write requirements*.txt, with every hash, from requirements*.in
	@$(VENV) -m tools.dependencies lock

.PHONY: lock-check
lock-check: tools ## fail if a requirements*.txt does not match its .in file
	@$(VENV) -m tools.dependencies check

.PHONY: lock-tools
lock-tools: ## add the hashes of official releases of the tools to tools.lock
	@$(PYTHON) -m tools.toolchain.lock_tools

.PHONY: audit
audit: tools ## find known vulnerabilities in the Python packages and the built Go binaries
	@$(VENV) -m tools.dependencies audit

.PHONY: sbom
sbom: tools ## write a CycloneDX bill of materials and a list of licences into .local/reports
	@$(VENV) -m tools.dependencies sbom

.PHONY: docs
docs: tools ## write the generated pages, and the program's copy of the facts shared with the pack
	@$(VENV) -m tools.docs.shared
	@$(VENV) -m tools.docs.reference
	@cd policy && ../$(VENV) -m linkerd_policies.docs > ../docs/policies.md
	@cd policy && ../$(VENV) -m linkerd_policies.docs --schema \
		> ../docs/schema/policy-config.schema.json
	@$(VENV) -m commands.reference > docs/commands.md

.PHONY: docs-serve
docs-serve: tools ## show the documentation as a site with search, on http://localhost:8000
	@$(VENV) -m zensical serve

.PHONY: clean
clean: ## delete the local cluster and everything built or generated in this checkout
	@if [ -x $(VENV) ]; then $(VENV) -m tools.cluster down; fi
	rm -rf .local .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
