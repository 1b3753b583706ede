"""Asking in a real browser: the question at once, stages, a streamed answer, citations, the source at the very words."""

import re

import pytest
from playwright.sync_api import expect

QUESTION = "What is Quire?"


def ask(page, question=QUESTION):
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def finished(page):
    """The last answer, once its sources are listed."""
    answer = page.locator(".exchange").last
    expect(answer.locator(".sources")).to_be_visible()
    return answer


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_one_click_on_a_suggestion_gives_a_cited_answer(open_page, width):
    page = open_page(width=width)
    expect(page.locator(".begin__question")).to_have_count(3)
    page.locator(".begin__question").first.click()
    expect(page.get_by_role("heading", name=QUESTION, level=2)).to_be_visible()
    answer = finished(page)
    expect(answer.locator(".prose a.citation").first).to_be_visible()
    expect(page).to_have_url(re.compile("/chat/[0-9a-f-]{36}/"))


def test_the_question_appears_at_once_and_stages_show_before_the_answer(open_page):
    page = open_page()
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const line = document.querySelector('.stage'); if (line) window.seen.push(line.textContent.trim());
            if (document.querySelector('.exchange__question')) window.seen.push('question');
        }).observe(document.body, {subtree: true, childList: true, characterData: true}); }"""
    )
    ask(page)
    finished(page)
    seen = page.evaluate("window.seen")
    stages = [words for words in seen if words != "question"]
    assert seen.index("question") <= seen.index(stages[0]) + 1
    assert any(words.startswith("Searching") for words in stages)
    assert any(re.match(r"Reading \d+ passages?", words) for words in stages)


def test_what_streamed_equals_what_a_reload_shows(open_page):
    page = open_page()
    ask(page, "How do I add my own documents?")
    live = finished(page).evaluate("element => element.outerHTML")
    page.reload()
    after = finished(page).evaluate("element => element.outerHTML")
    assert _bare(live) == _bare(after)


def test_a_citation_shows_its_passage_and_opens_the_source_at_the_words(open_page):
    page = open_page()
    ask(page)
    citation = finished(page).locator(".prose a.citation").first
    citation.hover()
    expect(page.locator("#citation-card")).to_be_visible()
    expect(page.locator("#citation-card mark")).not_to_be_empty()
    citation.click()
    panel = page.locator("#source-panel")
    expect(panel).to_be_visible()
    expect(panel.locator("[data-cited] mark").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_reload_in_mid_answer_goes_on_and_ends_the_same(open_page):
    page = open_page()
    ask(page, "How do I connect a language model?")
    page.wait_for_url("**/chat/**")
    page.reload()
    answer = finished(page)
    expect(answer.locator(".prose")).not_to_be_empty()
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_follow_up_stays_in_the_conversation(open_page):
    page = open_page()
    ask(page)
    finished(page)
    ask(page, "How do I connect a language model?")
    expect(page.locator(".exchange")).to_have_count(2)
    finished(page)
    expect(page.locator(".conversations__link")).not_to_have_count(0)


def test_a_question_that_nothing_answers_says_so(open_page):
    page = open_page()
    ask(page, "Which striker scored the winning goal in the 1954 football final?")
    expect(page.locator(".exchange .prose")).to_contain_text("Nothing in the library answers this.")
    expect(page.locator(".exchange .sources")).to_have_count(0)


def test_a_question_that_is_too_long_is_kept_and_told_why(open_page):
    page = open_page()
    ask(page, "x" * 9_000)
    expect(page.get_by_role("alert").filter(has_text="8,000")).to_be_visible()
    assert len(page.get_by_label("Your question").input_value()) == 9_000
    open_page.forgive(422)  # Chromium logs the status itself


def test_enter_asks_and_shift_enter_makes_a_line(open_page):
    page = open_page()
    box = page.get_by_label("Your question")
    box.press("W")
    box.press("Shift+Enter")
    assert box.input_value() == "W\n"
    box.fill(QUESTION)
    box.press("Enter")
    finished(page)
    expect(box).to_have_value("")


def test_the_page_says_that_no_language_model_is_connected(open_page):
    page = open_page()
    expect(page.get_by_text("No language model is connected: answers are quoted from your documents.")).to_be_visible()


def _bare(html: str) -> str:
    """What the reader sees: without the state of behaviour that both pages put on it in time."""
    return re.sub(r'\s(hidden|data-[\w-]+|aria-[\w-]+)="[^"]*"|value="[\w-]{60,}"|\s+', " ", html).replace(" ", "")
