"""With JavaScript off, plain forms and links do it all."""

import re

from playwright.sync_api import expect

from tests.browser.documents import make_pdf


def read_on(done):
    """Wait: without a script the page asks again by itself every few seconds."""
    expect(done).to_be_visible(timeout=30_000)


def test_signing_in_asking_and_reading_the_cited_source(open_page):
    page = open_page(script=False)
    page.get_by_label("Your question").fill("What is Quire?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/chat/**")
    read_on(page.locator(".sources"))
    expect(page.get_by_role("heading", name="What is Quire?", level=2)).to_be_visible()
    page.locator(".prose a.citation").first.click()
    page.wait_for_url("**/library/**")
    expect(page.locator("[data-cited] mark").first).to_be_visible()


def test_a_suggestion_is_a_form_of_its_own(open_page):
    page = open_page(script=False)
    page.locator(".begin__question").nth(1).click()
    page.wait_for_url("**/chat/**")
    read_on(page.locator(".sources"))


def test_uploading_and_seeing_it_become_ready(open_page):
    page = open_page(script=False)
    page.get_by_role("link", name="Library").first.click()
    page.locator("#file").set_input_files(
        {"name": "bicycle-rules.pdf", "mimeType": "application/pdf", "buffer": make_pdf(["Bicycles are kept in the yard behind the house."])}
    )
    page.get_by_role("button", name="Upload").click()
    row = page.locator("tr", has_text=re.compile("bicycle", re.IGNORECASE))
    expect(row).to_be_visible()
    read_on(row.locator(".state--ready"))


def test_a_file_of_an_unknown_type_is_told_in_the_page(open_page):
    page = open_page(script=False)
    page.get_by_role("link", name="Library").first.click()
    page.locator("#file").set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": bytes(range(256)) * 8})
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".notice--bad, .message--error").first).to_be_visible()
    open_page.forgive(422)  # Chromium logs the status itself


def test_tags_are_put_on_with_the_file_and_changed_on_its_page(open_page):
    page = open_page(script=False)
    page.get_by_role("link", name="Library").first.click()
    page.get_by_label("Tags").fill("Lease, 2026")
    page.locator("#file").set_input_files({"name": "garage.pdf", "mimeType": "application/pdf", "buffer": make_pdf(["The garage is let by the month."])})
    page.get_by_role("button", name="Upload").click()
    row = page.locator("tr", has_text="garage")
    read_on(row.locator(".state--ready"))
    row.get_by_role("link", name="garage").first.click()
    expect(page.locator(".tags__one")).to_have_text(["lease", "2026"])
    page.get_by_text("Change its tags").click()
    page.get_by_role("textbox", name="Tags").fill("garage")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tags__one")).to_have_text(["garage"])
