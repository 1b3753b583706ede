import re

from tests.docs.pages import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_versions_are_semantic_and_dated():
    versions = re.findall(r"^## (.+)$", CHANGELOG, flags=re.MULTILINE)
    assert versions
    assert [line for line in versions if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - (Unreleased|\d{4}-\d\d-\d\d)", line)] == []


def test_changes_stand_under_the_usual_kinds():
    assert set(re.findall(r"^### (.+)$", CHANGELOG, flags=re.MULTILINE)) <= KINDS


def test_every_change_is_one_line_that_ends_as_a_sentence():
    entries = [line for line in CHANGELOG.splitlines() if line.startswith("- ")]
    assert entries
    assert [entry for entry in entries if not entry.endswith(".")] == []


def test_the_version_is_the_one_of_the_project():
    newest = re.search(r"^## \[([\d.]+)\]", CHANGELOG, flags=re.MULTILINE)
    project = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert project is None or project.group(1) == newest.group(1)
