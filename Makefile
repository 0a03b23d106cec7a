PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3.14 python3,$(shell \
	$(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
BIN := .venv/bin
INSTALLED := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup papers run test check fast histories bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(INSTALLED) ## install into .venv

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 以上 · Python 3.11 or newer is needed" >&2; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -e '.[local,test]' -c constraints.txt
	@touch $@

papers: setup ## fonts and libraries that printing needs, where they can be installed
	@$(BIN)/python -m run.printing_parts

run: papers ## start everything on this machine; Ctrl-C stops it
	@exec $(BIN)/anjuan up

test: check ## everything CI runs
	@$(BIN)/python -m run.printing_parts poppler-utils softhsm2 chromium
	$(BIN)/pytest -n 2 --dist loadfile

check: setup ## style, types, layers
	$(BIN)/ruff check && $(BIN)/ruff format --check && $(BIN)/mypy && $(BIN)/lint-imports

fast: setup ## tests that need no server: the inner loop
	$(BIN)/pytest -n 2 -m 'not slow'

histories: setup ## record the histories that tests/replay replays, after a procedure changed before any release
	$(BIN)/python -m tests.replay.record

bench: setup ## measure; results are printed
	$(BIN)/python -m benchmarks

clean: ## caches and the environment; data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find . -name __pycache__ -not -path './var/*' -prune -exec rm -rf {} +
