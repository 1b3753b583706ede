import re

import pytest

from tests.docs.pages import ROOT, markdown_files, relative_links


@pytest.mark.parametrize("page", markdown_files(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_resolves(page):
    missing = [target for target in relative_links(page) if not (page.parent / target).exists()]
    assert missing == []


def test_the_readme_is_two_pages_at_most():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 110
    assert len(text.split()) <= 900


def test_the_commands_of_the_readme_are_targets_of_the_makefile():
    commands = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {"serve", "test", "lint"} <= commands <= targets
