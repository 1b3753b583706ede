"""`python -m tests.rights.matrix` calls all of the matrix; with `--write` it proposes `expected.csv` and the
baseline of queries anew, for review.

Each line that is proposed is read by a person against the rules before it is committed: see README.md.
"""

import argparse
import sys

import pytest

TESTS = ("tests/rights/test_matrix.py", "tests/rights/test_matrix_sockets.py", "tests/rights/test_queries.py")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="propose expected.csv anew, for review")
    parser.add_argument("--only", default="", help="as pytest's -k: one area, such as documents or admin")
    options = parser.parse_args()
    chosen = ["-k", options.only] if options.only else []
    return int(pytest.main([*TESTS, f"--rights={'write' if options.write else 'full'}", "-p", "no:xdist", *chosen]))


if __name__ == "__main__":
    sys.exit(main())
