"""What nobody sees does not go to a model: zero-width characters, direction controls, tags and other carriers of hidden text.

Kept are those that scripts and emoji need: a joiner between letters that join, or between emoji; the variation selector of an emoji;
the three flags that are spelled with tags; line ends and tabs.
"""

import re
from collections import Counter
from dataclasses import dataclass

TAG, BIDIRECTIONAL, ZERO_WIDTH, VARIATION, CONTROL, SOFT_HYPHEN = "tag", "bidirectional", "zero_width", "variation", "control", "soft_hyphen"

# Letters whose shape or meaning a joiner changes: Arabic and its kin, Indic, Tibetan, Myanmar, Khmer, Mongolian.
_JOINING = (
    "\u0620-\u065f\u066e-\u06dc\u06df-\u06ff\u0700-\u074f\u0750-\u077f\u07ca-\u07f5\u0840-\u085b\u08a0-\u08ff\u0900-\u0dff"
    "\u0f40-\u0fbc\u1000-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\ufb50-\ufdff\ufe70-\ufefc"
)
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_FLAGS = "|".join("".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f" for name in ("gbeng", "gbsct", "gbwls"))
_CLASSES = {
    TAG: "\U000e0000-\U000e007f",
    BIDIRECTIONAL: "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069",
    VARIATION: "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef",
    SOFT_HYPHEN: "\u00ad",
    # Also single halves of pairs, which no encoder takes, and the characters that are none.
    CONTROL: "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff",
    # All else that has no width, unassigned ones of its blocks included.
    ZERO_WIDTH: (
        "\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
        "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
    ),
}
_ANY = "".join(_CLASSES.values())
# Whether there is anything at all is asked of every text, so by what is quickest: bytes deleted in one go, and a look-up of each character.
_SUSPECT_ASCII = bytes([*range(9), *range(14, 32), 127])
_SUSPECT = frozenset(
    chr(code) for match in re.finditer("(.)-(.)|(.)", _ANY, re.DOTALL) for code in range(ord(match[1] or match[3]), ord(match[2] or match[3]) + 1)
)
_KEPT_OR = re.compile(
    f"(?P<kept>(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])"
    f"|(?<=[{_EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[0-9#*])\ufe0f(?=\u20e3)"
    "|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]"
    f"|(?<=\U0001f3f4)(?:{_FLAGS}))"
    f"|(?P<removed>[{_ANY}])"
)
_KINDS = {kind: re.compile(f"[{characters}]") for kind, characters in _CLASSES.items()}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`removed` counts characters by kind."""

    text: str
    removed: Counter[str]


_NOTHING: Counter[str] = Counter()


def remove_invisible(text: str) -> Cleaned:
    if not _is_suspect(text):
        return Cleaned(text, _NOTHING)
    removed: Counter[str] = Counter()

    def keep(match: re.Match[str]) -> str:
        if match["kept"]:
            return match[0]
        removed[_kind_of(match[0])] += 1
        return ""

    return Cleaned(_KEPT_OR.sub(keep, text), removed)


def _is_suspect(text: str) -> bool:
    if text.isascii():
        return len(text.encode().translate(None, _SUSPECT_ASCII)) != len(text)
    return not _SUSPECT.isdisjoint(text)


def _kind_of(character: str) -> str:
    return next(kind for kind, pattern in _KINDS.items() if pattern.match(character))
