"""With a connected model that can be held in mid-answer: reload, a killed process, stop, failure, two tabs."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_asking import ask, finished
from tests.fakes.openai_server import FakeOpenAI
from tests.fakes.scripts import Status, Wait
from tools.product import Product, running_product

FIRST, SECOND = "Quire answers from your documents. [1] ", "It runs on your own machine. [1]"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture(scope="module")
def product(fake, chromium) -> Iterator[Product]:
    settings = {"QUIRE_LLM_BASE_URL": fake.base_url, "QUIRE_LLM_MODEL": "fake-model", "QUIRE_LLM_API_KEY": "not-a-key", "QUIRE_RUN_LEASE_SECONDS": "2"}
    with running_product(settings) as running:
        yield running


@pytest.fixture(autouse=True)
def _clean(fake):
    fake.reset()


def held_in_mid_answer(page, fake, gate: str) -> None:
    """Ask, and wait until the first half is on the page; the second half waits for the gate."""
    fake.enqueue([FIRST, Wait(gate), SECOND])
    ask(page, "What is Quire?")
    expect(page.locator(".exchange .prose")).to_contain_text("Quire answers from your documents.")


def whole(page) -> str:
    """The finished answer's words."""
    expect(page.locator(".exchange .prose")).to_contain_text("It runs on your own machine.")
    return re.sub(r"\s+", " ", finished(page).locator(".prose").evaluate("element => [...element.childNodes].map(n => n.textContent).join(' ')")).strip()


WHOLE = "Quire answers from your documents.1 It runs on your own machine.1"


def test_the_model_is_named_and_nothing_says_that_none_is_connected(open_page):
    page = open_page()
    expect(page.get_by_text("fake-model")).to_be_visible()
    expect(page.get_by_text("No language model is connected")).to_have_count(0)


def test_a_reload_in_mid_answer_shows_what_there_was_and_goes_on(open_page, fake):
    page = open_page()
    held_in_mid_answer(page, fake, "reload")
    page.wait_for_url("**/chat/**")
    page.reload()
    expect(page.locator(".exchange .prose")).to_contain_text("Quire answers from your documents.")
    fake.release("reload")
    assert whole(page) == WHOLE


def test_two_tabs_show_the_same(open_page, fake):
    one, two = open_page(), open_page()
    held_in_mid_answer(one, fake, "tabs")
    one.wait_for_url("**/chat/**")
    two.goto(one.url)
    expect(two.locator(".exchange .prose")).to_contain_text("Quire answers from your documents.")
    fake.release("tabs")
    assert whole(one) == whole(two) == WHOLE


def test_the_process_that_answers_is_killed_and_another_finishes(open_page, fake, product):
    page = open_page()
    held_in_mid_answer(page, fake, "never")
    fake.enqueue([FIRST, SECOND])
    os.kill(agents_of(product), signal.SIGKILL)
    assert whole(page) == WHOLE
    fake.release("never")


def test_stop_ends_an_answer_and_try_again_begins_anew(open_page, fake):
    page = open_page()
    held_in_mid_answer(page, fake, "stop")
    page.get_by_role("button", name="Stop").first.click()
    expect(page.get_by_text("Stopped before the answer was finished.")).to_be_visible()
    fake.release("stop")
    fake.enqueue([FIRST, SECOND])
    page.get_by_role("button", name="Try again").click()
    assert whole(page) == WHOLE


def test_a_model_that_is_down_is_told_and_the_question_is_kept(open_page, fake):
    page = open_page()
    fake.enqueue(*[[Status(503)]] * 3)
    ask(page, "What is Quire?")
    expect(page.get_by_text("The question could not be answered").last).to_be_visible()
    expect(page.locator(".notice__detail")).to_contain_text("Try again in a moment.")
    expect(page.get_by_role("heading", name="What is Quire?", level=2)).to_be_visible()
    fake.enqueue([FIRST, SECOND])
    page.get_by_role("button", name="Try again").click()
    assert whole(page) == WHOLE


def agents_of(product: Product) -> int:
    """The process that answers: a child of this product's own serve."""
    listing = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(product.pid)], capture_output=True, text=True, check=True).stdout
    return next(int(line.split()[0]) for line in listing.splitlines() if "run_agents" in line and Path(f"/proc/{line.split()[0]}").exists())
