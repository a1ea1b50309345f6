# Two commands matter: `make demo` and `make test`. Both need only Python >= 3.11, make and a package registry.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --constraint constraints.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME
unexport PYTHONDONTWRITEBYTECODE # the tests start hundreds of interpreters, which would compile everything anew

# The first Python that will do; releases with wheels for every dependency come first.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$python; break; }; done)

.PHONY: help demo test lock clean
.DEFAULT_GOAL := help

help: ## 说明 this text
	@sed -n 's/^\([a-z]*\):.*## /  make \1  \t/p' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## 用演示模型给示例录音打分，写出报告 score the sample recordings, write their report
	$(BIN)/qa-pipeline score samples/calls --model demo --manifest samples/calls.csv --out demo-out --overwrite
	$(BIN)/qa-pipeline report demo-out --out demo-out/report
	@echo "评分表 Scorecards: $(CURDIR)/demo-out/{calls,outcomes,findings,utterances}/*.parquet, demo-out/run.json"

# Under the profile `ci`, Hypothesis tries the same examples every time; plain `pytest` tries new ones.
test: $(VENV)/.installed-dev ## 全部检查 everything that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/qa-pipeline rules check
	$(BIN)/qa-pipeline rules test
	$(BIN)/qa-pipeline rules docs --check
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal --hypothesis-profile=ci

lock: ## 重写 constraints.txt from what a new environment resolves to
	@$(MAKE) --no-print-directory PYTHON='$(PYTHON)' VENV=build/lock build/lock/bin/python
	build/lock/bin/python -m pip install --quiet --editable '.[dev]'
	@echo '# Written by `make lock`; what `make demo` and `make test` install.' > constraints.txt
	build/lock/bin/python -m pip freeze --exclude-editable >> constraints.txt
	rm -rf build/lock

clean: ## 删除生成的文件 delete what was made here, .venv included
	rm -rf $(VENV) demo-out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n '$(PYTHON)' || { echo '需要 Python 3.11 或更新版本。 Python 3.11 or newer is needed, and none was found.' >&2; exit 2; }
	@echo "创建环境 making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo '无法创建虚拟环境。 venv failed; on Debian and Ubuntu: apt install python3-venv' >&2; exit 2; }

# The stamps make a second run quick; a changed lock or project file installs again.
$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo '安装依赖 installing the locked dependencies'
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo '安装开发依赖 installing the locked dependencies and the tools for tests'
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed
