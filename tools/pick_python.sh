#!/bin/sh
# Prints the first Python 3.11 to 3.13 that runs; PYTHON chooses one.
for candidate in "$PYTHON" python3 python3.13 python3.12 python3.11 python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        echo "$candidate"
        exit 0
    fi
    [ "$candidate" = "$PYTHON" ] && break
done
echo "Quire: Python 3.11, 3.12 or 3.13 is needed${PYTHON:+, and PYTHON=$PYTHON is none of them}; make PYTHON=/path/to/python3.12 ... chooses one" >&2
exit 1
