# Everything here is relative to this folder, because make cannot carry a path with a space.
# PYTHON=/path/to/python3.12 chooses the Python; PORT, QUIRE_HOST and the other settings come from the environment.
.PHONY: eval-answers serve build test lint prove-rights prove-ingestion prove-search eval-parsers bench-start bench-memory bench-answer bench-embed bench-ingest screenshots clean bench-search eval-search bench-gateway prove-gateway bench-streams bench-run prove-agents test-faults
.DEFAULT_GOAL := serve
export PYTHON

serve: host-port .venv/.local
	@exec .venv/bin/python -m config.serve

build: .venv/.local
	@.venv/bin/python -m config.build

test: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	.venv/bin/python -m pytest -n 2 --ignore tests/browser --cov --cov-report term
	.venv/bin/python -m pytest tests/browser

lint: .venv/.dev
	@.venv/bin/python -m config.build --with-tools
	tools/lint.sh

# All of it, as long as it takes; `python -m tools.prove_rights --part matrix` takes one.
prove-rights: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.prove_rights

# Killed processes, cut connections, restarted servers, each ten times while answers are written; half an hour. ARGS="--fault kill_web" takes one.
test-faults: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.test_faults $(ARGS)

# Hostile files, killed processes, fair shares, a book: the whole product, about an hour. ARGS="--part fair" takes one.
prove-ingestion: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.prove_ingestion $(ARGS)

# Thousands of questions about what is hidden, by every mode and face; twenty minutes. ARGS="--part leaks" takes one.
prove-search: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.prove_search $(ARGS)

# How much of the text of real files the parsers find; the files lie in ../shared/data/docs.
eval-parsers: .venv/.dev
	@.venv/bin/python -m tools.eval_parsers

# ARGS=--grow shows how the rate moves from 1,000 to 100,000 passages.
bench-ingest: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.bench_ingest $(ARGS)

# How quick and how exact search is, in libraries of so many passages; a million take half an hour on two cores.
bench-search: N = 10000,100000,1000000
bench-search: .venv/.dev
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.bench_search $(N) $(ARGS)

# How good the results are, on sets with known answers; they lie in ../shared/data/ir. Writes the table in docs/quality.md.
eval-search: .venv/.dev
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.eval_search $(ARGS)

# Whether Quire can tell that the library does not answer, before a model is asked; the set lies in ../shared/data/ir.
eval-answers: .venv/.dev
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.eval_answers

# What the door adds to a model call, in two minutes. UPSTREAM= and TARGET= measure another gateway; tools/bench_gateway.py says how.
bench-gateway: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.bench_gateway $(ARGS)

# That the door's books agree with the model's, and what a model, a stream or Redis that fails does to callers. ARGS="--part cuts" takes one.
prove-gateway: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.prove_gateway $(ARGS)

# Hundreds of answers at once, from the model's token to the reader's socket. ARGS="--paces 100" takes one pace.
bench-streams: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.bench_streams $(ARGS)

# A model that obeys every poisoned document does nothing that its asker may not. ARGS="--part injections" takes one.
prove-agents: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.prove_agents $(ARGS)

# What one question waits for, in a library of ten thousand passages.
bench-run: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python manage.py build_embedder
	@.venv/bin/python -m tools.bench_run $(ARGS)

bench-start: .venv/.dev
	@.venv/bin/python -m tools.bench_start

bench-memory: .venv/.dev
	@.venv/bin/python -m tools.bench_memory

bench-answer: .venv/.dev
	@.venv/bin/python -m tools.bench_answer

bench-embed: .venv/.dev
	@.venv/bin/python -m tools.bench_embed

screenshots: .venv/.dev
	@.venv/bin/python -m config.build
	@.venv/bin/python -m tools.screenshots

# Keeps var/, where the data is.
clean:
	rm -rf .venv node_modules static/dist

.PHONY: host host-port
host:
	@python=$$(tools/pick_python.sh) && "$$python" tools/check_host.py

host-port:
	@python=$$(tools/pick_python.sh) && "$$python" tools/check_host.py port

.venv/.local: requirements/local.txt | host
	@tools/make_venv.sh requirements/local.txt
	@touch $@

# A superset of local.
.venv/.dev: requirements/dev.txt | host
	@tools/make_venv.sh requirements/dev.txt
	@touch .venv/.local $@
