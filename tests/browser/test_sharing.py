"""Saying who sees a document, with the keyboard and plain forms, with JavaScript and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.documents import make_pdf


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_collection_takes_a_document_that_is_closed_and_opened(open_page, script):
    page, name = open_page(script=script), f"Notes {'with' if script else 'without'} script"
    page.goto("/w/home/library/collections/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()

    page.goto("/w/home/library/")
    page.get_by_label("Goes to").select_option(label=name)
    page.get_by_label("Seen by").select_option(label="Only me and who I name")
    title = f"ledger-{'a' if script else 'b'}"
    page.locator("#file").set_input_files({"name": f"{title}.pdf", "mimeType": "application/pdf", "buffer": make_pdf([f"The {title} is kept."])})
    if not script:
        page.get_by_role("button", name="Upload").click()
    row = page.locator("tr", has_text=re.compile(title))
    expect(row.get_by_text("Restricted")).to_be_visible()
    row.get_by_role("link", name="Restricted").click()

    page.get_by_label("Everyone in the workspace").check()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("who sees it is changed")).to_be_visible()
    page.get_by_label("Only who is named").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Will no longer see it: everyone else in the workspace.")).to_be_visible()
    page.get_by_role("button", name="Change who sees it").click()
    expect(page.get_by_text("Only who added this document sees it")).to_be_visible()
