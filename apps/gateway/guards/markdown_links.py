"""The marks of Markdown and the beginnings of addresses that the links guard looks for."""

import re
from dataclasses import dataclass

# How much of something that is open is waited for; what is longer is nothing whole.
LIMIT = 2000
DEST_CHARACTERS = 512


def _letter(letter: str) -> str:
    """A letter or mark, as it is or as an entity."""
    codes = {ord(letter.lower()), ord(letter.upper())}
    numbers = "|".join(f"#0*{code}" for code in sorted(codes))
    hexes = "|".join(f"#x0*{code:x}" for code in sorted(codes))
    names = {":": "|colon", "/": "|sol", "\\": "|bsol", ".": "|period"}.get(letter, "")
    return rf"(?:{re.escape(letter)}|&(?:{numbers}|{hexes}{names});?)"


_H, _T, _P, _S, _F, _W, _SLASH, _BACKSLASH, _DOT = map(_letter, "htpsfw/\\.")
_COLON = rf"\\?{_letter(':')}"
BARE = re.compile(
    rf"(?P<scheme>(?:{_H}{_T}{_T}{_P}{_S}?|{_F}{_T}{_P}){_COLON})|(?P<www>{_W}{_W}{_W}\\?{_DOT})|(?P<slashes>//)",
    re.IGNORECASE,
)
BARE_SLASHES = re.compile(rf"(?:{_SLASH}|{_BACKSLASH}){{1,64}}", re.IGNORECASE)
AUTHORITY_CHARACTERS = re.compile(rf"[^\s/?#<>\"'`|(){{}}\[\],;!*~^\\]{{0,{DEST_CHARACTERS}}}")
HOST = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}$")


def _beginning(letters: list[str]) -> str:
    nested = ""
    for letter in reversed(letters):
        nested = f"(?:{letter}{nested})?"
    return nested[3:-2]


# The end of a text so far that may become the beginning of an address.
_CUT_ENTITY = r"(?:&(?:#(?:x[0-9a-f]{0,8}|[0-9]{0,8})|[a-z]{0,6})?)?"
_CUT_BACKSLASH = r"\\?"
_CUT_LETTERS = "|".join(
    map(_beginning, ([_H, _T, _T, _P, f"{_S}?", _CUT_BACKSLASH], [_F, _T, _P, _CUT_BACKSLASH], [_W, _W, _W, _CUT_BACKSLASH])),
)
TAIL = re.compile(rf"(?:{_CUT_LETTERS}|/)?{_CUT_ENTITY}\Z", re.IGNORECASE)
BARE_CUT = re.compile(rf"(?:{_SLASH}|{_BACKSLASH}){{0,64}}{_CUT_ENTITY}\Z", re.IGNORECASE)
# Whatever may begin something. Letters only as far as they may begin an address, or stand last.
TRIGGER = re.compile(
    rf"[\n\r\\$`!\[\]<]|//|/\Z|(?:{_H}{_T}{_T}{_P}{_S}?|{_F}{_T}{_P}){_COLON}|{_W}{_W}{_W}\\?{_DOT}"
    rf"|(?:{_CUT_LETTERS}){_CUT_ENTITY}\Z|&(?:#(?:x[0-9a-f]{{0,8}}|[0-9]{{0,8}})|[a-z]{{0,6}})?\Z",
    re.IGNORECASE,
)

RUN = re.compile(r"`+|~+")
LINE = re.compile(r"[^\r\n]*")
BLANKS = re.compile(r"[ \t]*")
TAG_START = re.compile(r"</?[A-Za-z]")
# Punctuation that a backslash makes text of. "<" and "&" are not among them: what reads HTML alone knows no backslashes.
ESCAPED = frozenset("!\"#$%'()*+,-./:;=>?@[]^_`{|}~\\")
# The target of a link, and what stands before it.
TARGET = re.compile(rf"(?P<space>[ \t]*(?:\r\n?|\n)?[ \t]*)(?P<target><[^<>\r\n]{{0,{DEST_CHARACTERS}}}>?|[^ \t\r\n)]{{0,{DEST_CHARACTERS}}})")
PLAIN_TARGET = re.compile(r"<[/.#][\w./#?=&%+ ,:@-]*>")
# Nothing here is tried twice: spaces without end would take time without end.
_LINK_TARGET = re.compile(
    r"[ \t]*+(?P<target><[^<>\r\n]*+>|[^\s()<][^\s()]*+(?:\([^\s()]*+\)[^\s()]*+)*+|\([^\s()]*+\)[^\s()]*+|)"
    r"(?:[ \t]++(?:\"[^\"\r\n]*+\"|'[^'\r\n]*+'|\([^()\r\n]*+\)))?+[ \t]*+\)"
)
_IN_TEXT = re.compile(r"[\[\]\\`\r\n]")
_RUN_OR_END = re.compile(r"`+|[\r\n]")
_DEEPEST = 4


def goes_on(begin: re.Match[str], last: str) -> bool:
    """Whether what begins like an address is the middle of a word or of a path."""
    if begin["www"]:
        return last.isalnum() or last in ("/", "@", ".")
    return bool(begin["slashes"]) and last in (":", "/", "\\")


def is_plain(begin: re.Match[str], slashes: re.Match[str] | None) -> bool:
    """Whether the beginning of an address is written as it should be, and so is read in the same way by all."""
    return begin[0].lower() in ("http:", "https:", "ftp:", "www.", "//") and (slashes is None or slashes[0] == "//")


@dataclass(frozen=True, slots=True)
class Link:
    """`end` 0: it is no link."""

    text: str = ""
    target: str = ""
    end: int = 0


_NO_LINK = Link()


def read_link(window: str, *, is_end: bool) -> Link | None:
    """Read `[text](target)` at the beginning of `window`, on one line. None: it is not decided yet, and more may come."""
    closing = _text_end(window, is_end=is_end)
    if closing == 0:
        return None
    if closing < 0 or (window[closing + 1 : closing + 2] != "(" and (is_end or closing + 1 < len(window))):
        return _NO_LINK
    if closing + 1 == len(window):
        return None
    if match := _LINK_TARGET.match(window, closing + 2):
        target = match["target"]
        return Link(window[1:closing], target[1:-1] if target.startswith("<") else target, match.end())
    is_over = is_end or re.search(r"[\r\n]", window[closing:]) is not None
    return _NO_LINK if is_over else None


def _text_end(window: str, *, is_end: bool) -> int:
    """Where the bracket closes; -1: it does not, 0: not yet."""
    depth, at = 0, 0
    while mark := _IN_TEXT.search(window, at):
        at = mark.end()
        if mark[0] in "\r\n":
            return -1
        if mark[0] == "\\":
            at += 1
        elif mark[0] == "`":
            run = RUN.match(window, mark.start())
            assert run is not None
            end = code_end(window, mark.start(), run[0], is_end=is_end)
            if end == 0:
                return 0
            at = end if end > 0 else run.end()
        else:
            depth += 1 if mark[0] == "[" else -1
            if depth == 0:
                return mark.start()
            if depth > _DEEPEST:
                return -1
    return -1 if is_end else 0


def code_end(window: str, at: int, run: str, *, is_end: bool) -> int:
    """Where inline code that `run` opens at a place ends, on the same line; -1: it does not, 0: not yet."""
    at += len(run)
    while mark := _RUN_OR_END.search(window, at):
        if mark[0] in "\r\n":
            return -1
        if mark[0] == run:
            return 0 if mark.end() == len(window) and not is_end else mark.end()
        at = mark.end()
    return -1 if is_end else 0
