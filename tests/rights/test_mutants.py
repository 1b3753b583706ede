"""The script that plants holes does what it says; the holes themselves are planted by `make prove-rights`."""

import subprocess
import sys

import pytest

from tools import prove_mutants
from tools.mutants.holes import HOLES, Mutant


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A checkout of two files."""
    root = tmp_path / "small"
    root.mkdir()
    (root / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = -p no:cacheprovider -p no:django -p no:randomly\n")
    (root / "house.py").write_text("def answer():\n    return 42\n")
    (root / "test_house.py").write_text("import house\n\n\ndef test_it():\n    assert house.answer() == 42\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text(".venv\n__pycache__\n")
    (root / ".venv").symlink_to(sys.prefix)
    monkeypatch.setattr(prove_mutants, "BORROWED", (".venv",))
    return root


def mutant(old="42", new="41", tests=("test_house.py",)):
    return Mutant("hole", "house.py", old, new, tests)


def test_every_mutant_still_finds_its_place():
    assert {one.name: prove_mutants.misplaced(prove_mutants.ROOT, one) for one in HOLES if prove_mutants.misplaced(prove_mutants.ROOT, one)} == {}
    assert len({one.name for one in HOLES}) == len(HOLES) >= 10


@pytest.mark.slow
def test_a_hole_that_a_test_finds_is_red(small):
    result = prove_mutants.prove([mutant()], small)
    assert (result["mutants"], result["red"], result["problems"]) == (1, 1, [])


@pytest.mark.slow
def test_a_hole_that_no_test_finds_is_told(small):
    assert prove_mutants.prove([mutant(old="return 42", new="return 6 * 7")], small)["problems"] == ["hole: no test turned red"]


@pytest.mark.slow
def test_code_that_does_not_run_is_no_hole_that_was_found(small):
    assert prove_mutants.prove([mutant(old="return", new="retrun(")], small)["problems"] == ["hole: the tests did not run (exit code 2)"]


def test_a_mutant_whose_code_moved_on_is_told(small):
    (problem,) = prove_mutants.prove([mutant(old="43")], small)["problems"]
    assert problem == "hole: its text stands 0 times in house.py: the code moved on, so move the mutant"


@pytest.mark.slow
def test_tests_that_are_red_already_prove_nothing(small):
    (small / "test_house.py").write_text("def test_it():\n    assert False\n")
    (problem,) = prove_mutants.prove([mutant()], small)["problems"]
    assert problem == "none: the tests are not green without a mutant (exit code 1)"
