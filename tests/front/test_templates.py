"""Templates hold nothing that the content policy would refuse, and each of them can be loaded."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from tests.front.pages import DIST, STATIC, TEMPLATES, borrowed_templates, every_text, own_templates

INLINE = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style[\s>]", re.IGNORECASE),
    "a script without a file": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
}
ELSEWHERE = re.compile(r"(?:src|href|action)=\"(?:https?:)?//", re.IGNORECASE)
_TAGS = re.compile(r"{[%#{].*?[%#}]}", re.DOTALL)


def inline_parts(text: str) -> list[str]:
    """Name what is inline. Template tags go first: their quotes and angles are not markup."""
    markup = _TAGS.sub("", text)
    return [name for name, pattern in INLINE.items() if pattern.search(markup)]


@pytest.mark.parametrize("name", own_templates())
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(name):
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert inline_parts(text) == []
    assert ELSEWHERE.search(text) is None


@pytest.mark.parametrize("path", borrowed_templates(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_pages_we_borrow_have_nothing_inline_either(path):
    assert inline_parts(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("sample", ['<p style="x">', "<style>", "<script>x", '<a onclick="x">', '<a href="javascript:x">'])
def test_the_crawl_sees_what_it_looks_for(sample):
    assert inline_parts(sample) != []


@pytest.mark.parametrize("name", own_templates())
def test_each_template_can_be_loaded(name):
    assert get_template(name) is not None


def test_each_static_file_that_is_named_exists():
    names = set(STATIC.findall(every_text()))
    missing = [name for name in names if not _exists(name)]
    assert missing == []


def _exists(name: str) -> bool:
    if name.startswith("dist/"):
        return (DIST / name.removeprefix("dist/")).is_file()
    return finders.find(name) is not None
