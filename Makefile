# `make` lists what there is to do. The first target that needs it sets up .venv; nothing outside this folder changes.

.DEFAULT_GOAL := help
.PHONY: help run index rebuild test lint eval bench screenshots train-encoder train-lexicon train-reader clean
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

# Run the candidates instead of looking them up: a version manager's shim stands on the PATH for Pythons that are not there.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; \
	then echo $$python; break; fi; done)

# LLM=name given to make becomes DOCENT_LLM in the environment, where a key is not echoed. Only what stands on the command
# line counts: many shells export HOST and PORT for other purposes.
define pass_on
ifeq ($$(origin $(1)),command line)
export DOCENT_$(1) := $$($(1))
endif
endef
$(foreach name,LLM LLM_URL LLM_KEY HOST PORT DATA_DIR,$(eval $(call pass_on,$(name))))

ifneq ($(filter eval train-encoder train-lexicon train-reader,$(MAKECMDGOALS)),)
$(if $(DATA),,$(error Name the data: make $(MAKECMDGOALS) DATA=folder))
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(INSTALLED) ## open Docent in the browser [LLM= LLM_URL= LLM_KEY= HOST= PORT= DATA_DIR=]
	@$(BIN)/docent serve

index: $(INSTALLED) ## make the index agree with the documents folder [DATA_DIR=]
	@$(BIN)/docent sync

rebuild: $(INSTALLED) ## build the index anew beside the old one, then switch [DATA_DIR=]
	@$(BIN)/docent rebuild

test: $(INSTALLED_DEV) ## run the tests [ARGS="-k citation"]
	@$(BIN)/python -m pytest $(ARGS)

lint: $(INSTALLED_DEV) ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: $(INSTALLED) ## measure search, answers and refusals, DATA=folder of sets [ARGS="--report DIR"]
	@$(BIN)/docent eval "$(DATA)" $(ARGS)

screenshots: $(INSTALLED_DEV) ## take the pictures of the README anew
	@DOCENT_SCREENSHOTS=docs $(BIN)/python -m pytest tests/ui/test_journey.py

bench: $(INSTALLED_DEV) ## measure speed
	@$(BIN)/python -m bench.run

train-encoder: $(INSTALLED_DEV) ## fit what is taken out of the built-in encoder's vectors anew, DATA=folder
	@$(BIN)/python -m training.fit_centred "$(DATA)"

train-lexicon: $(INSTALLED_DEV) ## find the words of both languages anew, DATA=folder
	@$(BIN)/python -m training.fit_lexicon "$(DATA)"

train-reader: $(INSTALLED_DEV) ## teach the built-in reader anew, DATA=folder
	@$(BIN)/python -m training.train_reader "$(DATA)"

clean: ## remove the environment and all caches; data/ stays
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis data/__pycache__
	find $(wildcard app ingest prompts tests bench training) -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call install,what): a .venv whose Python is gone, or whose setup was cut short, is made again.
define install
	$(if $(PYTHON),,$(error Docent needs Python 3.11, 3.12 or 3.13 with its venv module, and none is on the PATH. \
		On Debian or Ubuntu: apt install python3-venv. Or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12))
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		echo "Setting up $(VENV) with $(PYTHON). The packages need about 2.2 GB of disk and a minute or two, once."; \
		$(PYTHON) -m venv --clear $(VENV); }
	$(BIN)/python .ci/install.py $(1)
endef

$(INSTALLED): pyproject.toml
	$(call install,.)
	@touch $@

$(INSTALLED_DEV): pyproject.toml
	$(call install,'.[dev]')
	@touch $(INSTALLED) $@
