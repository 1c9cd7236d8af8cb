# Everything runs from .venv/, which is made on the first call and again whenever pyproject.toml changes. Nothing else has to be installed.
PYTHON ?= python3
SUITE ?= standard
RUN ?= reports/$(SUITE)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable

SIDE_BY_SIDE := --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: bench docs bench-differences bench-peers bench-everybody bench-passes bench-real-code report test test-matrix check bench-interception mutate clean
.DELETE_ON_ERROR:

# what a run prints of drift from the expected outcomes (its exit code 1) is no reason not to draw its page
bench: .venv/ready                ## run a suite (quick, standard, full, paper) and write its page under reports/
	$(BIN)/diffbench run --suite $(SUITE) --out $(RUN) --expected tests/data/expected-outcomes.csv || test $$? -eq 1
	$(BIN)/diffbench report $(RUN) --out $(RUN)

report: .venv/ready               ## draw the page again from the results of the last run
	$(BIN)/diffbench report $(RUN) --out $(RUN)

test: .venv/ready-to-test         ## run every test: side by side, and then those that need the machine alone
	$(BIN)/python -m pytest --quiet $(SIDE_BY_SIDE) -m "not alone"
	$(BIN)/python -m pytest --quiet -m alone

test-matrix: .venv/ready-for-matrix ## run the tests with every Python from 3.11 on that is here, the newest and the oldest dependencies, and peers
	$(BIN)/nox $(if $(SESSIONS),--session $(SESSIONS)) $(if $(SUBSET),-- subset)

check: .venv/ready-to-test        ## lint, formatting, types, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict diffbench
	@$(MAKE) --no-print-directory test

bench-peers: .venv/ready-for-peers ## measure the compiled method against the best peers: reports/peers.md and .csv
	$(BIN)/python -m diffbench.bench.rivals.peers_table

bench-everybody: .venv/ready-for-peers ## a dozen rows with every tool there is, at most half an hour: reports/everybody.md and .csv
	$(BIN)/python -m diffbench.bench.rivals.peers_table --all

bench-real-code: .venv/ready-for-real-code ## functions of other packages: how many are right, wrong, refused
	$(BIN)/python -m diffbench.bench.real_code

bench-differences: .venv/ready-to-test  ## digits, coverage, silent failures of differences on seven sets, beside rivals; verdicts of the checker
	$(BIN)/python -m diffbench.bench.calibration.systems
	$(BIN)/python -m diffbench.bench.calibration.verdicts

bench-interception: .venv/ready   ## is anything in NumPy or SciPy slower after a gradient than before it?
	$(BIN)/python -m diffbench.bench.machinery.interception

bench-passes: .venv/ready         ## measure what each pass of the optimiser buys on each problem, with C and without
	@$(BIN)/python -m diffbench.bench.machinery.passes_table

mutate: .venv/ready-to-test       ## plant single faults in the code and count those that the tests notice (hours; nightly)
	nice $(BIN)/python tests/mutation/run.py $(if $(COUNT),--count $(COUNT)) $(if $(SEED),--seed $(SEED))

docs: .venv/ready-for-docs        ## build the book: docs/_build/html/index.html
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/html

clean:                            ## remove the environment and every by-product; reports/ is kept
	rm -rf .venv .nox build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("diffbench needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@echo "setting up .venv (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(INSTALL) '.[native]'
	@touch $@

.venv/ready-for-real-code: .venv/ready
	@echo "setting up packages whose functions are differentiated (once)"
	@$(INSTALL) '.[native,real-code]'
	@touch $@

.venv/ready-to-test: .venv/ready
	@echo "setting up what the tests need (once)"
	@$(INSTALL) '.[native,test,docs]'
	@touch $@

.venv/ready-for-peers: .venv/ready
	@echo "setting up the peers, some in environments of their own (once)"
	@$(INSTALL) '.[native,peers]'
	@$(BIN)/python -m diffbench.bench.rivals.environments
	@touch $@

.venv/ready-for-docs: .venv/ready
	@echo "setting up what builds the book (once)"
	@$(INSTALL) '.[native,docs]'
	@touch $@

.venv/ready-for-matrix: .venv/ready
	@echo "setting up the matrix: nox and uv (once)"
	@$(INSTALL) '.[native,matrix]'
	@touch $@
