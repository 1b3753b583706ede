"""Where the front end's files are, for the tests that read them."""

import re
from pathlib import Path

import allauth
from django.contrib import admin

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
SOURCE = ROOT / "static" / "src"
DIST = ROOT / "static" / "dist"
# Pages of others that are served under our policy.
BORROWED = [Path(admin.__file__).parent / "templates", Path(allauth.__file__).parent / "templates"]
BORROWED_FOLDERS = ("admin", "registration", "account", "allauth")

ICON = re.compile(r'"_icon\.html" with name="([a-z0-9-]+)"')
STATIC = re.compile(r"{% static ['\"]([^'\"]+)['\"] %}")


def own_templates() -> list[str]:
    return sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))


def borrowed_templates() -> list[Path]:
    """What Django's admin and allauth show from their own files, because we have none of that name."""
    found = [path for root in BORROWED for folder in BORROWED_FOLDERS for path in (root / folder).rglob("*.html")]
    roots = {path: next(root for root in BORROWED if root in path.parents) for path in found}
    return sorted(path for path in found if not (TEMPLATES / path.relative_to(roots[path])).exists())


def every_text() -> str:
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in own_templates())
