"""`make screenshots`: the picture of the readme, and every page at both widths in light and dark under var/screenshots, to be looked at.

Pages are those of a product of its own, with nothing in it but the handbook, so the picture shows what a newcomer sees.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import product as every
from pathlib import Path
from random import Random

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tools.gateway.client import prompt
from tools.gateway.cuts import listen
from tools.gateway.scene import running_scene
from tools.product import ROOT, Product, running_product

README_PICTURE = ROOT / "docs" / "images" / "answer.png"
LOOKED_AT = ROOT / "var" / "screenshots"
WIDTHS = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
COLOURS = 160
GATEWAY_RECORDS = ("querylog", "usagerecord")
GATEWAY_LISTS = ("provider", "model", "route", "budget", "guardpolicy", *GATEWAY_RECORDS)
QUESTION = "How do I connect a language model?"


def main() -> int:
    chromium = os.environ.get("QUIRE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("No Chromium is installed: apt-get install chromium, or set QUIRE_CHROMIUM to one.", file=sys.stderr)
        return 1
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    with running_product() as product, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take_readme_picture(browser, product)
        for width, scheme in every(WIDTHS, SCHEMES):
            take_pages(browser, product, width, scheme)
        with running_scene() as scene:
            for number in range(3):
                listen(scene, prompt(number, Random(number)))
            scene.wait_until_settled()
            for width, scheme in every(WIDTHS, SCHEMES):
                take_gateway_pages(browser, scene.product, width, scheme)
        browser.close()
    print(json.dumps({"picture": str(README_PICTURE.relative_to(ROOT)), "pages": len(list(LOOKED_AT.glob("*.png")))}))
    return 0


def take_readme_picture(browser: Browser, product: Product) -> None:
    """An answer, with its first citation open beside it."""
    with opened(browser, product, "desk", "light") as page:
        ask(page)
        open_citation(page)
        save_small(page.screenshot(animations="disabled"), README_PICTURE)


def save_small(picture: bytes, path: Path) -> None:
    """Paper and ink need few colours: a palette makes the file, which is kept in the repository, a third as large."""
    with Image.open(BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(colors=COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(path, optimize=True)


def take(page: Page, name: str, width: str, scheme: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=LOOKED_AT / f"{name}-{width}-{scheme}.png", animations="disabled")


def take_gateway_pages(browser: Browser, product: Product, width: str, scheme: str) -> None:
    """With calls, prices and budgets in them. Of each list also a new row's form and the first row's page."""
    with opened(browser, product, width, scheme) as page:
        page.goto("/w/home/settings/usage/")
        take(page, "usage", width, scheme)
        for name in GATEWAY_LISTS:
            page.goto(f"/admin/gateway/{name}/")
            take(page, f"admin-{name}", width, scheme)
            if (row := page.locator("#result_list tbody a[href*=change]").first).count():
                row.click()
                take(page, f"admin-{name}-page", width, scheme)
            if name not in GATEWAY_RECORDS:
                page.goto(f"/admin/gateway/{name}/add/")
                take(page, f"admin-{name}-new", width, scheme)


def take_pages(browser: Browser, product: Product, width: str, scheme: str) -> None:
    with opened(browser, product, width, scheme, is_signed_in=False) as page:
        page.goto("/accounts/login/")
        take(page, "sign-in", width, scheme)
    with opened(browser, product, width, scheme) as page:
        take(page, "begin", width, scheme)
        ask(page)
        take(page, "answer", width, scheme)
        open_citation(page)
        take(page, "source", width, scheme)
        for name, path in pages_of(page):
            page.goto(path)
            take(page, name, width, scheme)


def pages_of(page: Page) -> list[tuple[str, str]]:
    workspace = page.url.split("/chat/")[0]
    document = page.locator("[data-panel-target=full]").get_attribute("href") or "/"
    return [
        ("dossier", page.locator(".exchange__how").first.get_attribute("href") or "/"),
        ("document", document),
        ("access", f"{document.partition('?')[0]}access/"),
        ("search", f"{workspace}/search/"),
        ("results", f"{workspace}/search/?q=how+do+I+connect+a+language+model"),
        ("library", f"{workspace}/library/"),
        ("collections", f"{workspace}/library/collections/"),
        ("keys", f"{workspace}/settings/keys/"),
        ("permissions", f"{workspace}/settings/permissions/"),
        ("not-found", f"{workspace}/nothing/"),
        ("password", "/accounts/password/change/"),
        ("admin", "/admin/"),
        ("admin-people", "/admin/accounts/user/"),
        ("admin-audit", "/admin/accounts/auditentry/"),
        ("admin-operator-roles", "/admin/operator-roles/"),
        ("admin-settings", "/admin/settings/"),
    ]


@contextmanager
def opened(browser: Browser, product: Product, width: str, scheme: str, *, is_signed_in: bool = True) -> Iterator[Page]:
    context = browser.new_context(
        base_url=product.url,
        viewport=WIDTHS[width],  # type: ignore[arg-type]  # a plain dict is what it takes
        color_scheme=scheme,  # type: ignore[arg-type]
        device_scale_factor=2 if width == "phone" else 1,
        has_touch=width == "phone",
    )
    page = context.new_page()
    if is_signed_in:
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(product.email)
        page.get_by_label("Password").fill(product.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/w/**")
    yield page
    context.close()


def ask(page: Page) -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator(".exchange .sources").wait_for()


def open_citation(page: Page) -> None:
    page.locator(".exchange .prose a.citation").first.click()
    page.locator("#source-panel [data-cited] mark").first.wait_for()
    page.mouse.move(0, 0)


if __name__ == "__main__":
    sys.exit(main())
