"""What the build makes: every icon that is used and no other, within the budgets, and nothing that points elsewhere."""

import gzip
import json
import re

import pytest

from tests.front.pages import DIST, ICON, ROOT, SOURCE, every_text

SCRIPTS_KB = 45
FONTS_KB = 120
URL = re.compile(r"url\((?!data:)[\"']?([^\"')]+)")


def test_the_sprite_holds_the_icons_that_are_used_and_no_other():
    used = set(ICON.findall(every_text()))
    listed = json.loads((SOURCE / "icons.json").read_text(encoding="utf-8"))
    built = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (DIST / "icons.svg").read_text(encoding="utf-8")))
    assert listed == sorted(listed)
    assert used == set(listed) == built


def test_the_scripts_keep_their_budget():
    sizes = [len(gzip.compress((DIST / name).read_bytes(), 9)) for name in ("app.js", "chat.js")]
    assert sum(sizes) <= SCRIPTS_KB * 1024


def test_the_fonts_that_every_page_loads_keep_theirs():
    preloaded = re.findall(r"dist/fonts/([\w.-]+\.woff2)", every_text())
    assert len(preloaded) == 2
    assert sum((DIST / "fonts" / name).stat().st_size for name in preloaded) <= FONTS_KB * 1024


@pytest.mark.parametrize("name", ["app.css", "admin.css"])
def test_style_sheets_refer_to_files_beside_them(name):
    for address in URL.findall((DIST / name).read_text(encoding="utf-8")):
        assert (DIST / address).is_file(), address


@pytest.mark.parametrize("name", ["app.js", "chat.js", "app.css", "admin.css"])
def test_nothing_refers_to_a_source_map(name):
    # The manifest storage would look for the map and fail.
    assert "sourceMappingURL" not in (DIST / name).read_text(encoding="utf-8")


def test_the_lock_file_names_no_registry_and_the_versions_are_exact():
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert '"resolved"' not in lock
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
