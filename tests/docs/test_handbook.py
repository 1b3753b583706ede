"""Answers are made by quoting the handbook's sentences, so its form is part of the product."""

import re

import pytest

from apps.chat.suggestions import SUGGESTIONS
from tests.docs.pages import HANDBOOK, ROOT, sections, sentences

PAGES = sorted(HANDBOOK.glob("*.md"))
# Each question that the begin page offers, with the words its answer begins with.
SUGGESTED = {
    "What is Quire?": "Quire is a self-hosted AI platform",
    "How do I add my own documents?": "To add your own documents, open the library",
    "How do I connect a language model?": "To connect a language model, set",
}
# Words that only make sense beside the text before them.
_LEANING = re.compile(r"\b(see above|see below|above-mentioned|as mentioned|as described earlier|the following)\b", re.IGNORECASE)


def test_the_questions_that_the_page_offers_are_these():
    assert list(SUGGESTIONS) == list(SUGGESTED)


@pytest.mark.parametrize(("question", "beginning"), SUGGESTED.items())
def test_a_suggested_question_has_one_section_that_answers_it_at_once(question, beginning):
    found = [sections(page)[question] for page in PAGES if question in sections(page)]
    assert len(found) == 1
    assert found[0].startswith(beginning)


def test_no_question_is_asked_twice():
    questions = [question for page in PAGES for question in sections(page)]
    assert sorted(questions) == sorted(set(questions))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_a_title_and_questions(page):
    text = page.read_text(encoding="utf-8")
    assert re.fullmatch(r"# [^\n]+\n\n## .*", text, flags=re.DOTALL)
    assert [question for question in sections(page) if not question.endswith("?")] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_sentence_is_short_and_stands_alone(page):
    found = [sentence for text in sections(page).values() for sentence in sentences(text)]
    assert [sentence for sentence in found if len(sentence.split()) > 45] == []
    assert [sentence for sentence in found if _LEANING.search(sentence)] == []
    assert [sentence for sentence in found if not sentence.endswith((".", "?"))] == []


def test_the_readme_leads_into_the_handbook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/handbook/first-steps.md" in readme
