"""Every pair of text and ground reaches WCAG AA, in both themes; what is drawn to be found reaches 3:1."""

import re

import pytest

from tests.front.pages import SOURCE

TOKEN = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
GROUNDS = ("paper", "paper-raised", "paper-sunk")
TEXTS = ("ink", "ink-2", "ink-3", "accent", "accent-strong", "ok", "warn", "bad")
PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((text, "accent-wash") for text in ("ink", "ink-2", "accent", "accent-strong")),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("ink", "marker"),
    ("ink", "bad-wash"),
    ("bad", "bad-wash"),
]
EDGES = [(line, ground) for line in ("edge", "accent") for ground in GROUNDS]


def tokens() -> dict[str, tuple[str, str]]:
    text = (SOURCE / "css" / "tokens.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in TOKEN.findall(text)}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(text, ground, theme):
    colours = tokens()
    assert contrast(colours[text][theme], colours[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "ground"), EDGES)
def test_the_edges_of_controls_can_be_seen(line, ground, theme):
    colours = tokens()
    assert contrast(colours[line][theme], colours[ground][theme]) >= 3


def test_the_measure_is_right_for_what_is_known():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_admin_repeats_the_accent_as_it_is():
    # Django's own sheet uses the name --accent too, so ours is said twice there.
    frame = (SOURCE / "css" / "admin" / "frame.css").read_text(encoding="utf-8")
    light, dark = tokens()["accent"]
    assert f"--accent: light-dark({light}, {dark});" in frame
