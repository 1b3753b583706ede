"""The one Markdown renderer and sanitiser: model output and documents reach the page through here and nowhere else.

Raw HTML is shown as text, images are dropped (an image address can carry data out), links may only be http, https or
mailto, and what is left goes through an allow-list once more.
"""

import re
from collections.abc import Callable
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

Cite = Callable[[int], str | None]

_MARK = re.compile(r"\[(\d{1,3})\](?!\()")
# Private-use characters hold the place of a citation until the sanitiser is done; they are removed from the text itself first.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "sup",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}


def render_markdown(text: str, cite: Cite | None = None) -> SafeString:
    """Render `text`; each `[n]` outside code becomes what `cite(n)` returns (trusted HTML), or stays when it returns None."""
    clean = text.replace(_OPEN, "").replace(_CLOSE, "").replace("\x00", "")
    rendered = _parser().render(clean)
    safe = nh3.clean(rendered, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener nofollow noreferrer")

    def fill(match: re.Match[str]) -> str:
        number = int(match.group(1))
        return (cite(number) if cite else None) or f"[{number}]"

    return mark_safe(_HELD.sub(fill, safe))  # noqa: S308  # sanitised one line above; `cite` is our own template


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"]).disable(["image"])
    parser.inline.ruler.before("link", "citation", _citation)
    return parser


def _citation(state: StateInline, silent: bool) -> bool:
    match = _MARK.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.pending = state.pending.rstrip(" ")  # a raised number stands close to the words it belongs to
        token = state.push("text", "", 0)
        token.content = f"{_OPEN}{match.group(1)}{_CLOSE}"
    state.pos = match.end()
    return True
