"""The search page in a real browser: as one types, by keyboard, by address, and without a script."""

import re

from playwright.sync_api import expect

QUESTION = "how do I restore a backup"


def test_results_come_while_one_types_and_the_address_can_be_shared(open_page):
    page = open_page()
    page.get_by_role("link", name="Search").first.click()
    page.get_by_label("What to look for").press_sequentially(QUESTION, delay=10)
    first = page.locator(".result").first
    expect(first.locator("mark").first).to_be_visible()
    expect(page.locator("[data-results-count]")).to_contain_text("passages")
    expect(page).to_have_url(re.compile(r"q=how\+do\+I\+restore\+a\+backup"))
    shared = open_page()
    shared.goto(page.url)
    expect(shared.locator(".result__title").first).to_have_text(first.locator(".result__title").inner_text())
    expect(shared.get_by_label("What to look for")).to_have_value(QUESTION)


def test_it_is_worked_by_keyboard_alone(open_page):
    page = open_page()
    page.goto("/w/home/search/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".result").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-result]").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-result]").nth(1)).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("What to look for")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".leaf__title")).to_have_text("Backups and data")


def test_a_result_can_be_reached_and_clicked_right_after_typing(open_page):
    page = open_page()
    page.goto("/w/home/search/")
    page.get_by_label("What to look for").press_sequentially(QUESTION, delay=10)
    expect(page.locator(".result").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-result]").first).to_be_focused()
    page.get_by_label("What to look for").press_sequentially(" now", delay=10)
    with page.expect_response(lambda response: "now" in response.url):
        pass
    page.locator("[data-result]").first.click(delay=150)
    expect(page.locator(".leaf__title")).to_be_visible()


def test_more_are_shown_and_a_filter_narrows_without_leaving_the_page(open_page):
    page = open_page()
    page.goto("/w/home/search/?q=documents")
    expect(page.locator(".result")).to_have_count(10)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator("[data-result]").nth(10)).to_be_focused()
    page.get_by_label("Updated", exact=True).select_option("week")
    expect(page.locator(".result")).to_have_count(10)
    page.locator("summary", has_text="Why this result").first.click()
    expect(page.locator(".why").first).to_contain_text("rank")


def test_without_a_script_it_is_a_form_and_links(open_page):
    page = open_page(script=False, width="phone", scheme="dark")
    page.goto("/w/home/search/")
    page.get_by_label("What to look for").fill(QUESTION)
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".result mark").first).to_be_visible()
    page.get_by_role("link", name="Show more").click()
    assert page.locator(".result").count() > 10
    page.locator("[data-result]").first.click()
    expect(page.locator(".leaf__title")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
