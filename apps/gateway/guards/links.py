"""In an answer nothing fetches by itself and nothing leads to a host that is not allowed, whatever renders it.

An image address carries data out without a click, a link with one. So images of foreign hosts become their description, and links their
text and a bare host. The filter works on a stream: text passes at once unless something is open that has to be seen whole, and the result
does not depend on how the text was cut. Code is left alone, where it is code for every renderer (see `markdown_lines.py`).

There are two nets. One sees whole links and images and makes something readable of them. What slips through it, because it is odd or
too long, meets the second: no target after `](`, `]:` or `<`, and no bare address, is foreign when it leaves here.
"""

import re
from collections import Counter

from apps.gateway.guards import markdown_links
from apps.gateway.guards.addresses import Address, Hosts, Kind, is_word, show_host
from apps.gateway.guards.markdown_lines import Lines
from apps.gateway.guards.markdown_links import AUTHORITY_CHARACTERS, BARE, BARE_CUT, BARE_SLASHES, DEST_CHARACTERS, LIMIT, TAIL, TRIGGER
from apps.gateway.guards.output import Output, Skip
from apps.gateway.guards.tags import Verdict, read_tag

IMAGE, LINK, ADDRESS, HTML = "image", "link", "address", "html"

_SPACES, _LINE_ENDS = " \t", "\r\n"
_LONGEST_RUN = 64


class LinkFilter:
    """One for each answer. `counts` says how much was taken out, by kind."""

    def __init__(self, hosts: Hosts, counts: Counter[str] | None = None) -> None:
        self.counts: Counter[str] = Counter() if counts is None else counts
        self._hosts = hosts
        self._held = ""
        self._lines = Lines()
        self._output = Output(self._lines)
        self._at_line_start = True
        # Whether what looks like inline code in this paragraph is code for every renderer.
        self._is_sure = True
        self._skip: Skip | None = None
        # Hosts of the foreign <a> that are open.
        self._anchors: list[str] = []

    def feed(self, text: str) -> str:
        if (
            not self._held
            and not self._at_line_start
            and self._skip is None
            and not self._output.is_glued
            and not self._lines.fence
            and not TRIGGER.search(text)
        ):
            if text:
                self._output.note(text)
            return text
        self._held += text
        return self._run(is_end=False)

    def flush(self) -> str:
        rest = self._run(is_end=True)
        if self._skip is not None:
            rest += self._skip.trail
            self._skip = None
        rest += "".join(f" ({host})" for host in reversed(self._anchors) if host)
        self._anchors.clear()
        return rest

    def _run(self, *, is_end: bool) -> str:
        at = 0
        while at < len(self._held):
            next_at = self._step(at, is_end)
            if next_at is None:
                break
            at = next_at
        self._held = self._held[at:]
        return self._output.take()

    def _step(self, at: int, is_end: bool) -> int | None:
        """Take what stands at a place, and say where the next step begins; None: more has to come first."""
        if self._skip is not None:
            return self._skip_on(at)
        if self._at_line_start:
            return self._begin_line(at, is_end)
        if self._lines.fence:
            return self._pass_code(at)
        return self._inline(at, is_end)

    # Lines.

    def _begin_line(self, at: int, is_end: bool) -> int | None:
        character = self._held[at]
        if character in _SPACES:
            self._lines.add_indent(character)
            return self._pass(at, at + 1)
        if character in _LINE_ENDS:
            if character == "\n" and self._output.last == "\r":
                return self._pass(at, at + 1)
            return self._end_line(at, is_blank=True)
        if self._lines.fence:
            if not self._lines.leaves_fence():
                return self._close_fence(at, is_end) if character in "`~" else self._leave_line_start(at)
            self._is_sure = False
        elif character in "`~":
            return self._open_fence(at, is_end)
        return self._leave_line_start(at)

    def _leave_line_start(self, at: int) -> int:
        self._at_line_start = False
        return at

    def _end_line(self, at: int, is_end: bool = False, *, is_blank: bool = False) -> int:
        if not self._lines.fence:
            self._lines.end(is_blank=is_blank)
            self._is_sure = self._lines.is_sure and not self._lines.has_math and (is_blank or self._is_sure)
        self._lines.indent = 0
        self._at_line_start = True
        return self._pass(at, at + 1, is_told=False)

    def _open_fence(self, at: int, is_end: bool) -> int | None:
        run = markdown_links.RUN.match(self._held, at)
        assert run is not None
        end = markdown_links.LINE.match(self._held, run.end())
        assert end is not None
        if end.end() == len(self._held) and not is_end and (len(run[0]) >= 3 or run.end() == len(self._held)) and end.end() - at < LIMIT:
            return None
        info = end[0]
        if len(run[0]) < 3 or (run[0][0] == "`" and "`" in info):
            return self._leave_line_start(at)
        if end.end() - at >= LIMIT or not self._lines.open_fence(run[0], info):
            self._lines.is_sure = self._is_sure = False
            return self._leave_line_start(at)
        self._at_line_start = False
        return self._pass(at, min(end.end(), len(self._held)), is_told=False)

    def _close_fence(self, at: int, is_end: bool) -> int | None:
        run = markdown_links.RUN.match(self._held, at)
        assert run is not None
        rest = markdown_links.BLANKS.match(self._held, run.end())
        assert rest is not None
        if rest.end() == len(self._held) and not is_end and rest.end() - at < LIMIT:
            return None
        is_alone = rest.end() == len(self._held) or self._held[rest.end()] in _LINE_ENDS
        self._at_line_start = False
        if is_alone and rest.end() - at < LIMIT and self._lines.close_fence(run[0]):
            self._is_sure = self._lines.is_sure
        return self._pass(at, rest.end(), is_told=False)

    def _pass_code(self, at: int) -> int:
        end = markdown_links.LINE.match(self._held, at)
        assert end is not None
        if end.end() > at:
            return self._pass(at, end.end(), is_told=False)
        return self._end_line(at)

    # Within a line.

    def _inline(self, at: int, is_end: bool) -> int | None:
        found = TRIGGER.search(self._held, at)
        if found is None:
            return self._pass(at, len(self._held))
        if found.start() > at:
            return self._pass(at, found.start())
        character = self._held[at]
        handle = self._HANDLERS.get(character)
        if handle is not None:
            return handle(self, at, is_end)
        return self._bare(at, is_end)

    def _backslash(self, at: int, is_end: bool) -> int | None:
        if at + 1 == len(self._held):
            return None if not is_end else self._pass(at, at + 1)
        following = self._held[at + 1]
        if following in "([])":
            # Some draw formulas between \[ and \].
            self._lines.has_math = following == "[" or (self._lines.has_math and following != "]")
            self._is_sure = False
        if following in markdown_links.ESCAPED:
            return self._pass(at, at + 2)
        return self._pass(at, at + 1)

    def _dollar(self, at: int, is_end: bool) -> int | None:
        if at + 1 == len(self._held) and not is_end:
            return None
        self._is_sure = False
        if self._held[at + 1 : at + 2] != "$":
            return self._pass(at, at + 1)
        self._lines.has_math = not self._lines.has_math
        return self._pass(at, at + 2)

    def _backticks(self, at: int, is_end: bool) -> int | None:
        run = markdown_links.RUN.match(self._held, at)
        assert run is not None
        if run.end() == len(self._held) and not is_end and len(run[0]) < _LONGEST_RUN:
            return None
        end = markdown_links.code_end(self._held[at : at + LIMIT], 0, run[0], is_end=is_end or len(self._held) - at >= LIMIT) if self._is_sure else -1
        if end == 0:
            return None
        if end > 0 and "|" not in self._held[at : at + end]:
            return self._pass(at, at + end)
        if len(run[0]) >= _LONGEST_RUN or (len(run[0]) >= 3 and self._lines.is_in_container() and end < 0):
            self._lines.is_sure = False
        # It may go on in the next line, or end with a cell of a table; then what is code and what is not changes places.
        self._is_sure = False
        return self._pass(at, run.end())

    def _bang(self, at: int, is_end: bool) -> int | None:
        if at + 1 == len(self._held) and not is_end:
            return None
        if self._held[at + 1 : at + 2] != "[":
            return self._pass(at, at + 1)
        return self._bracket(at, is_end)

    def _bracket(self, at: int, is_end: bool) -> int | None:
        """A whole link or image, if it is one."""
        is_image = self._held[at] == "!"
        window = self._held[at + is_image : at + LIMIT]
        link = markdown_links.read_link(window, is_end=is_end or len(self._held) - at >= LIMIT)
        if link is None:
            return None
        address = self._hosts.read(link.target) if link.end else None
        if address is None or address.is_kept:
            return self._pass(at, at + is_image + 1)
        self._is_sure = self._is_sure and "`" not in window[len(link.text) : link.end]
        text = self._inner(link.text)
        if is_image:
            self.counts[IMAGE] += 1
            return self._put(text, at + 1 + link.end)
        self.counts[LINK] += 1
        return self._put(f"{text} ({address.shown})" if address.shown and address.shown != text else text, at + link.end)

    def _inner(self, text: str) -> str:
        """What stands in a link or an image, with nothing foreign in it either."""
        inner = LinkFilter(self._hosts, self.counts)
        inner._is_sure, inner._at_line_start = self._is_sure, False
        left = inner.feed(text) + inner.flush()
        # A mark of code in it is one of this text from now on.
        self._is_sure = self._is_sure and inner._is_sure
        return left

    def _closing(self, at: int, is_end: bool) -> int | None:
        following = self._held[at + 1 : at + 2]
        if not following and not is_end:
            return None
        if following not in ("(", ":"):
            return self._pass(at, at + 1)
        target = markdown_links.TARGET.match(self._held, at + 2)
        assert target is not None
        raw = target["target"]
        is_open = target.end() == len(self._held) and not (raw.startswith("<") and raw.endswith(">"))
        if is_open and not is_end and len(raw) < DEST_CHARACTERS and len(target["space"]) < LIMIT:
            return None
        if len(target["space"]) >= LIMIT:
            return self._break(at, 1)
        address = self._hosts.read(raw.strip("<>") if raw.startswith("<") else raw)
        if following == ":" and address.kind is Kind.BAD and is_word(raw):
            address = Address(Kind.RELATIVE)
        return self._keep_target(at, target, is_end) if address.is_kept else self._drop_target(at, target, address)

    def _keep_target(self, at: int, target: re.Match[str], is_end: bool) -> int | None:
        behind = markdown_links.BLANKS.match(self._held, target.end())
        assert behind is not None
        if behind.end() == len(self._held) and not is_end and behind.end() - target.end() < LIMIT:
            return None
        # A title may hold a backtick, which then begins no code.
        if "`" in target[0] or (self._held[at + 1] == "(" and self._held[behind.end() : behind.end() + 1] != ")"):
            self._is_sure = False
        if self._held[at + 1] == ":" and self._held[behind.end() : behind.end() + 1] not in ("", "\n", "\r"):
            self._is_sure = False
        raw = target["target"]
        if raw.startswith("<"):
            if markdown_links.PLAIN_TARGET.fullmatch(raw) and not target["space"].strip(_SPACES):
                return self._pass(at, target.end())
            if raw[1:2] not in ("", " "):
                return self._break(at, 1)
        return self._pass(at, at + 2)

    def _drop_target(self, at: int, target: re.Match[str], address: Address) -> int:
        is_definition = self._held[at + 1] == ":"
        self.counts[LINK] += 1
        self._is_sure = False
        self._pass(at, at + 1)
        self._output.is_glued = False
        space = target["space"] if not is_definition else ""
        self._put(f" ({space}{address.shown or 'removed'}" + (")" if is_definition else ""), at)
        # The closing bracket is still to come.
        self._output.is_glued = is_definition
        self._skip = Skip(is_target=True, closing=">" if target["target"].startswith("<") else ")")
        return target.start("target") + target["target"].startswith("<")

    def _angle(self, at: int, is_end: bool) -> int | None:
        following = self._held[at + 1 : at + 2]
        if not following and not is_end:
            return None
        if following in ("!", "?"):
            return self._break(at, 1)
        if following == "/" and len(self._held) == at + 2 and not is_end:
            return None
        if not markdown_links.TAG_START.match(self._held, at):
            return self._pass(at, at + 1)
        is_whole = is_end or len(self._held) - at >= LIMIT
        tag = read_tag(self._held[at : at + LIMIT], self._hosts, is_end=is_whole, is_cut=len(self._held) - at >= LIMIT)
        if tag is None:
            return None
        return self._take_tag(at, tag)

    def _take_tag(self, at: int, tag: Verdict) -> int:
        if tag.what == "text":
            return self._pass(at, at + 1)
        if tag.what == "break":
            self.counts[HTML] += tag.is_foreign
            return self._break(at, 1)
        if tag.what == "keep":
            # What stands in it is text to a renderer that takes no HTML, so it is looked at as such.
            self._is_sure = False
            self._lines.has_html = self._lines.has_html or tag.is_html
            return self._pass(at, at + 1)
        if tag.what == "close":
            return self._close_anchor(at, tag)
        self.counts[IMAGE if tag.what == "image" else LINK if tag.what == "anchor" else ADDRESS] += 1
        self._is_sure = self._is_sure and "`" not in self._held[at : at + tag.end]
        if tag.what == "anchor":
            self._anchors.append(tag.shown)
            return self._put("", at + tag.end)
        return self._put(self._inner(tag.shown) if tag.what == "image" else tag.shown, at + tag.end)

    def _close_anchor(self, at: int, tag: Verdict) -> int:
        if not self._anchors:
            self._is_sure, self._lines.has_html = False, True
            return self._pass(at, at + tag.end)
        host = self._anchors.pop()
        return self._put(f" ({host})" if host else "", at + tag.end)

    def _bare(self, at: int, is_end: bool) -> int | None:
        """An address as it is, which some make a link of."""
        begin = BARE.match(self._held, at)
        if begin is None:
            # Only the beginning of one: the rest has not come.
            return None if not is_end and TAIL.match(self._held, at) else self._pass(at, at + 1)
        if not self._output.is_glued and markdown_links.goes_on(begin, self._output.last):
            return self._pass(at, begin.end())
        if begin["scheme"] and not is_end and BARE_CUT.match(self._held, begin.end()):
            return None
        slashes = BARE_SLASHES.match(self._held, begin.end()) if begin["scheme"] else None
        start = begin.start() if begin["www"] else slashes.end() if slashes else begin.end()
        authority = AUTHORITY_CHARACTERS.match(self._held, start)
        assert authority is not None
        if authority.end() == len(self._held) and not is_end and len(authority[0]) < DEST_CHARACTERS:
            return None
        if begin["scheme"] and slashes is None:
            return self._pass(at, begin.end())
        return self._take_bare(at, begin, slashes, authority)

    def _take_bare(self, at: int, begin: re.Match[str], slashes: re.Match[str] | None, authority: re.Match[str]) -> int:
        raw = authority[0].rstrip(".:_")
        if not raw or (begin["slashes"] and not markdown_links.HOST.match(raw)) or (begin["www"] and raw.lower() == "www"):
            return self._pass(at, begin.end())
        is_plain = markdown_links.is_plain(begin, slashes) and self._held[authority.end() : authority.end() + 1] != "\\"
        if (is_plain or self._hosts.has_all) and self._hosts.is_allowed(raw):
            # Some take a backtick for a part of it.
            self._is_sure = False
            return self._pass(at, authority.end())
        self.counts[ADDRESS] += 1
        self._skip = Skip(is_target=False, closing=")")
        return self._put((show_host(raw) if "&" not in raw else "") or "link", authority.start() + len(raw))

    def _skip_on(self, at: int) -> int:
        assert self._skip is not None
        for index in range(at, len(self._held)):
            if self._skip.ends_with(self._held[index]):
                trail, is_eaten = self._skip.trail, self._skip.closing == ">" and self._held[index] == ">"
                self._skip = None
                if trail:
                    self._output.is_glued = False
                    self._output.write(trail)
                return index + is_eaten
        return len(self._held)

    def _put(self, text: str, end: int) -> int:
        """Something instead of something. At the beginning of a line it may be nothing, or what a line of code begins with."""
        is_first = not self._lines.head.strip()
        self._output.put(text)
        if is_first and not text.strip():
            self._at_line_start, self._output.is_glued = True, False
        elif is_first and text.lstrip()[0] in "`~":
            self._lines.is_sure = self._is_sure = False
        return end

    def _pass(self, start: int, end: int, *, is_told: bool = True) -> int:
        """Text as it is."""
        self._output.pass_on(self._held[start:end], is_told=is_told and not self._at_line_start)
        return end

    def _break(self, at: int, length: int) -> int:
        """A mark with a space behind it, which makes it one of the text."""
        self._pass(at, at + length)
        self._output.write(" ")
        return at + length

    _HANDLERS = {  # noqa: RUF012  # never changed
        "\n": _end_line, "\r": _end_line, "\\": _backslash, "$": _dollar, "`": _backticks, "!": _bang, "[": _bracket, "]": _closing, "<": _angle,
    }  # fmt: skip
