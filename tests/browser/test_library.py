"""Uploading in a real browser, and asking about what was uploaded."""

import re

from playwright.sync_api import expect

from tests.browser.documents import LEASE, make_pdf
from tests.browser.test_asking import ask, finished
from tools.session import wait_for

READ_MS = 30_000
ROWS = "**/library/rows/**"


def upload(page, name, content, kind="application/pdf"):
    page.locator("#file").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def ready_titles(page):
    """What the server says, whatever the page shows."""
    return [one["title"] for one in page.request.get("/api/v1/documents").json()["results"] if one["state"] == "ready"]


def test_an_uploaded_pdf_becomes_ready_live_and_is_cited_by_its_page(open_page):
    page = open_page()
    page.get_by_role("link", name="Library").first.click()
    upload(page, "workshop-lease.pdf", LEASE)
    row = page.locator("tr", has_text=re.compile("lease", re.IGNORECASE))
    expect(row).to_be_visible()
    expect(row.locator(".state--ready")).to_be_visible(timeout=READ_MS)
    page.get_by_role("link", name="New question").click()
    ask(page, "What is the notice period for the tenant of the workshop?")
    answer = finished(page)
    expect(answer.locator(".prose")).to_contain_text("four months")
    expect(answer.locator(".sources")).to_contain_text("page 2", ignore_case=True)
    answer.locator(".prose a.citation").first.click()
    expect(page.locator("#source-panel mark").first).to_contain_text("four months")


def test_a_row_becomes_ready_though_the_list_it_came_with_was_older_than_the_last_ring(open_page):
    page, held = open_page(), []
    page.goto("/w/home/library/")
    # The server reads the list at once, but it arrives when all has been told, and the numbers do not tell either that there is more.
    page.route(re.compile(r"/w/home/library/$"), lambda route: held.append((route, route.fetch())), times=1)
    page.route(ROWS, lambda route: route.fulfill(body=""))
    with page.expect_request(ROWS):
        upload(page, "late-list.pdf", make_pdf(["A list that came late."]))
    assert wait_for(lambda: held and "late-list" in ready_titles(page), READ_MS / 1000, pause=0.2)
    [(route, answer)] = held
    route.fulfill(response=answer)
    page.unroute(ROWS)
    expect(page.locator("tr", has_text="late-list").locator(".state--ready")).to_be_visible()


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(open_page):
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Library").first.click()
    upload(page, "empty.pdf", b"")
    expect(page.get_by_role("region", name="Files being added")).to_contain_text("empty.pdf Refused The file is empty.")


def test_a_pdf_without_text_ends_failed_with_what_to_do(open_page):
    page = open_page()
    page.get_by_role("link", name="Library").first.click()
    upload(page, "scan-of-nothing.pdf", make_pdf(["", ""]))
    row = page.locator("tr", has_text=re.compile("scan", re.IGNORECASE))
    expect(row.locator(".state--failed")).to_be_visible(timeout=READ_MS)
    expect(row.locator(".contents__problem")).not_to_be_empty()
