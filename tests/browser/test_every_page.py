"""What holds on every page, at both widths and in both themes: it fits, it is accessible, nothing breaks the policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_asking import ask, finished

SERIOUS = {"serious", "critical"}


def check(page):
    """Nothing serious for axe, and no sideways scrolling."""
    # What it would load beforehand are styles that it then puts into the page, against the policy.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    assert [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in found if rule["impact"] in SERIOUS] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", ["desk", "phone"])
def test_each_page_is_accessible_and_fits(open_page, width, scheme):
    page = open_page(width=width, scheme=scheme)
    check(page)
    ask(page, "What is Quire?")
    answer = finished(page)
    check(page)
    made = page.get_by_role("link", name="How this answer was made").first.get_attribute("href")
    source = answer.locator(".prose a.citation").first.get_attribute("href")
    page.goto(source)
    expect(page.locator("[data-cited]").first).to_be_visible()
    check(page)
    for address in (
        made,
        "/w/home/library/",
        "/w/home/settings/keys/",
        "/w/home/settings/permissions/",
        "/w/home/settings/usage/",
        "/accounts/password/change/",
        "/admin/",
        "/admin/accounts/user/",
        "/admin/documents/document/",
        "/admin/gateway/provider/add/",
        "/admin/gateway/model/add/",
        "/admin/gateway/route/add/",
        "/admin/gateway/budget/add/",
        "/admin/gateway/guardpolicy/add/",
        "/admin/gateway/querylog/",
    ):
        page.goto(address)
        check(page)


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_pages_for_those_who_are_not_signed_in(open_page, width):
    page = open_page(width=width, signed_in=False)
    for address in ("/accounts/login/", "/accounts/password/reset/"):
        page.goto(address)
        check(page)


def test_a_wrong_password_is_told_beside_the_form(open_page, product):
    page = open_page(signed_in=False)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(product.email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("are not correct")).to_be_visible()


def test_a_document_that_is_not_there_is_a_page_in_words(open_page):
    page = open_page()
    answer = page.goto("/w/home/library/00000000-0000-4000-8000-000000000000/")
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    open_page.forgive(404)  # Chromium logs the status itself


def test_the_keyboard_alone_reaches_the_composer_and_the_first_question(open_page):
    page = open_page()
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("What is Quire?")
    page.keyboard.press("Enter")
    answer = finished(page)
    answer.locator(".prose a.citation").first.focus()
    expect(page.locator("#citation-card")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#source-panel")).to_be_visible()
