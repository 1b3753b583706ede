"""A real Chromium against the real processes. Any console error and any breach of the content policy fails the test."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.product import Product, running_product

CHROMIUM = os.environ.get("QUIRE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOG_CHARS = 12_000
WIDTHS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(180))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Beside what the page showed, what the product said meanwhile: what failed may be behind the page."""
    outcome = yield
    report = outcome.get_result()
    product = getattr(item, "funcargs", {}).get("product")
    if report.failed and product is not None:
        report.sections.append(("The product's log", product.log()[-LOG_CHARS:]))


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium through Playwright; without one the tests skip, or fail where QUIRE_REQUIRE_BROWSER=1."""
    if CHROMIUM is None:
        words = "No Chromium is installed: apt-get install chromium, or set QUIRE_CHROMIUM to one."
        if os.environ.get("QUIRE_REQUIRE_BROWSER") == "1":
            pytest.fail(words)
        pytest.skip(words)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def product(chromium) -> Iterator[Product]:
    with running_product() as running:
        yield running


@pytest.fixture
def open_page(chromium, product):
    """Open a page of its own: `open_page()` signed in, with a width, without JavaScript, or as nobody."""
    contexts = []
    breaches: list[str] = []

    def make(*, width="desk", script=True, signed_in=True, scheme="light"):
        context = chromium.new_context(
            base_url=product.url, viewport=WIDTHS[width], java_script_enabled=script, color_scheme=scheme, has_touch=width == "phone"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        watch(page, breaches)
        if signed_in:
            sign_in(page, product)
        return page

    def forgive(what):
        """Let pass what Chromium logs by itself: a status that was meant, or words."""
        words = f"status of {what}" if isinstance(what, int) else what
        breaches[:] = [breach for breach in breaches if words not in breach]

    make.forgive = forgive
    yield make
    for context in contexts:
        context.close()
    assert breaches == []


def watch(page, breaches: list[str]) -> None:
    """Collect console errors, exceptions and breaches of the content policy."""
    page.on("console", lambda message: breaches.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: breaches.append(str(error)))
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))")


def sign_in(page, product: Product) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(product.email)
    page.get_by_label("Password").fill(product.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/w/**")
