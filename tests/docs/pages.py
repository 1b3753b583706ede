"""The Markdown of the repository, as the tests read it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "docs" / "handbook"
_ELSEWHERE = {".git", ".venv", "node_modules", "var"}
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def markdown_files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.md") if not _ELSEWHERE.intersection(path.relative_to(ROOT).parts))


def relative_links(page: Path) -> list[str]:
    """What a page points to inside the repository, without the part after the #."""
    targets = [target.partition("#")[0] for target in _LINK.findall(page.read_text(encoding="utf-8"))]
    return [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]


def sections(page: Path) -> dict[str, str]:
    """Each question of a handbook page with the text under it."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True))


def sentences(text: str) -> list[str]:
    lines = [line.removeprefix("- ") for line in text.splitlines() if line.strip()]
    return [sentence for line in lines for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z`])", line)]
