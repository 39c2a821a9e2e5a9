# The two commands of the README. `make run` starts the site on http://127.0.0.1:8000;
# PORT, DATA_DIR and DEMO=0 (an empty site) change that. `make test` runs the tests;
# ARGS goes to pytest: make test ARGS="tests/config -x".
PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= .data
DEMO ?= 1
ARGS ?=
export PORT DATA_DIR DEMO

.PHONY: run test

run:
	@exec $(PYTHON) config/bootstrap.py run

test:
	@exec $(PYTHON) config/bootstrap.py test $(ARGS)
