"""Many files at once in a real browser: a folder that is dropped, a connection that breaks, and what is done with many documents."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import check

PAUSED = "**/library/upload/"
DROP = """async ([files, where]) => {
    const folder = (path, inner) => ({ name: path.split('/').pop(), fullPath: path, isFile: false, isDirectory: true,
        createReader: () => { const all = [inner, []]; return { readEntries: done => done(all.shift()) }; } });
    const file = ([path, text]) => ({ name: path.split('/').pop(), fullPath: path, isFile: true, isDirectory: false,
        file: done => done(new File([text], path.split('/').pop())) });
    const event = new Event('drop', { bubbles: true, cancelable: true });
    const items = [{ kind: 'file', webkitGetAsEntry: () => folder(where, files.map(file)) }];
    Object.assign(event, { dataTransfer: { types: ['Files'], files: [], items } });
    window.dispatchEvent(event);
}"""


@pytest.fixture
def library(open_page):
    def make(**options):
        page = open_page(**options)
        page.goto("/w/home/library/")
        return page

    return make


def drop(page, folder, texts):
    page.evaluate(DROP, [[[f"/{folder}/{name}", text] for name, text in texts.items()], f"/{folder}"])


def test_a_dropped_folder_is_sent_with_progress_and_reported(library):
    page = library()
    texts = {f"letter {number}.txt": f"Letter {number} of the folder." for number in range(7)}
    drop(page, "letters", {**texts, "copy.txt": texts["letter 0.txt"], "empty.txt": "", ".hidden": "x"})
    queue = page.get_by_role("region", name="Files being added")
    expect(queue.get_by_text("7 of 10 files added")).to_be_visible()
    expect(queue).to_contain_text("1 already here · 1 refused · 1 skipped")
    expect(queue).to_contain_text("letters/empty.txt")
    expect(page.locator("tr", has_text="letter 6")).to_be_visible()
    check(page)
    with page.expect_download() as download:
        queue.get_by_role("button", name="Save the report").click()
    lines = list(csv.reader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert len(lines) == 11
    assert ["letters/.hidden", "1", "Skipped", "A hidden file of the system."] in lines
    queue.get_by_role("button", name="Close").click()
    expect(queue).to_be_hidden()


def test_a_connection_that_breaks_loses_no_file(library, open_page):
    page = library()
    tries = []

    def flaky(route):
        tries.append(1)
        if len(tries) in (2, 3):
            route.abort("connectionreset")
        elif len(tries) == 5:
            route.fulfill(status=429, headers={"Retry-After": "1"}, body="{}")
        else:
            route.continue_()

    page.route(PAUSED, flaky)
    drop(page, "notes", {f"note {number}.txt": f"Note {number} in a storm." for number in range(6)})
    queue = page.get_by_role("region", name="Files being added")
    expect(queue.get_by_text("6 of 6 files added")).to_be_visible(timeout=30_000)
    assert len(tries) >= 9
    open_page.forgive(429)
    open_page.forgive("ERR_CONNECTION_RESET")


def test_what_is_sent_can_be_cancelled_and_the_page_asks_before_it_is_left(library):
    page = library()
    page.route(PAUSED, lambda route: None)
    drop(page, "slow", {f"{number}.txt": f"Slow {number}." for number in range(20)})
    queue = page.get_by_role("region", name="Files being added")
    expect(queue.locator(".sending")).to_have_count(3)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    # A browser asks only where somebody did something on the page.
    queue.get_by_role("button", name="Details").click()
    page.evaluate("location.href = '/'")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    queue.get_by_role("button", name="Cancel all").click()
    expect(queue.get_by_text("0 of 20 files added")).to_be_visible()
    expect(queue).to_contain_text("20 cancelled")


def test_documents_are_chosen_with_the_keyboard_and_deleted_together(library):
    page = library()
    drop(page, "old", {f"old paper {number}.txt": f"Old paper {number}." for number in range(4)})
    expect(page.get_by_text("4 of 4 files added")).to_be_visible()
    page.get_by_label("Words of a title").fill("old paper")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=old+paper")
    rows = page.locator("#library-rows tr")
    expect(rows).to_have_count(4)
    page.get_by_label("Select all on this page").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_label(re.compile("Select old paper 3")).focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#selection").get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("3 are deleted.")
    expect(rows).to_have_count(1)


def test_reading_is_cancelled_and_begun_again_for_many(library, product):
    page = library()
    page.route("**/rows/**", lambda route: route.abort() if "never" in route.request.url else route.continue_())
    drop(page, "long", {f"long read {number}.txt": f"Sentence of number {number}. " * 20_000 for number in range(5)})
    expect(page.get_by_text("5 of 5 files added")).to_be_visible()
    page.goto("/w/home/library/?q=long+read")
    page.get_by_label("Select all on this page").check()
    bar = page.locator("#selection")
    bar.get_by_role("button", name="Cancel reading").click()
    expect(page.locator("#messages")).to_contain_text("not read any further.")
    page.get_by_role("navigation", name="States").get_by_role("link", name=re.compile("Needs attention")).click()
    cancelled = page.locator(".state--cancelled")
    expect(cancelled.first).to_be_visible()
    page.get_by_label("Select all on this page").check()
    bar.get_by_role("button", name="Try again").click()
    expect(page.locator("#messages")).to_contain_text("being read again.")


def test_filters_and_pages_work_without_a_script(library):
    page = library(script=False)
    page.get_by_label("Kind").select_option("markdown")
    page.get_by_label("Words of a title").fill("quire")
    page.get_by_role("button", name="Find").click()
    rows = page.locator("#library-rows tr")
    expect(rows.first).to_contain_text(re.compile("quire", re.IGNORECASE))
    for row in rows.all():
        expect(row).to_contain_text(re.compile("quire", re.IGNORECASE))
    page.get_by_role("link", name=re.compile("^Needs attention")).click()
    expect(page.get_by_role("heading", name="No document matches")).to_be_visible()
    page.get_by_role("link", name="Show all documents").click()
    page.goto("/w/home/library/?limit=5")
    first = rows.first.inner_text()
    page.get_by_role("link", name="Older").click()
    expect(rows.first).not_to_have_text(first)
    page.get_by_role("button", name="Try again").first.click()
    expect(page.locator("#messages")).to_contain_text("Select documents first.")
