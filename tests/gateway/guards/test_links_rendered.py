"""Whatever the links guard lets out, no renderer makes a foreign image or link of it; and it lets out the same however the text was cut."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from apps.gateway.guards.addresses import Hosts
from apps.gateway.guards.links import LinkFilter
from tests.gateway.guards.cutting import cut, cuts

HOSTS = Hosts(["good.example"])
TARGETS = ("src", "href", "srcset", "action", "data", "poster", "background")
PIECES = [
    "[", "]", "(", ")", "![", "](", "]: ", "<", ">", "`", "``", "```", "````", "~~~", "\n", "\n", "\n\n", "\r\n", "\r", " ", "  ", "    ", "\t", "- ",
    "1. ", "10. ", "> ", "|", "\n|---|---|\n", "\\", "$", "$$", "\\[", "\\]", "\"", "'", "a", "b c", "# ", "* * *\n", "\n===\n", "https://evil.example/x",
    "https://good.example/y", "//evil.example/z", "HTTPS://evil.example", "https:\\\\evil.example", "&#104;ttps://evil.example/q",
    "https&colon;//evil.example", "www.evil.example/p", "javascript:alert(1)", "data:text/html,x", "/rel", "#frag", "<img src=",
    "<img alt=\"x\" src=\"https://evil.example/i\">", "<a href='//evil.example'>", "</a>", "<b>", "<div>", "<div\n", "<!--", "-->", "<pre>",
    "<https://evil.example/>", "<https://good.example/`>", "![x](https://evil.example/i.png)", "[x](https://evil.example/l)", "[r]",
    "[r]: https://evil.example/ref\n", "[r]: <https://evil.example/ref>\n", "[r]: /x '`'\n", "[a](<`>)",
    "[a](/x '`')", "//", "www.", "![`](//evil.example)", "![](//evil.example)", "h", "t", "tps:", "ht", "http",
    "s", "://", "evil.example", "good.example@evil.example", "@", "=", ":", "!", "*", "_", "style=\"background:url(//evil.example)\"", "<x ",
    "```python\n", "\n```\n", "  ```\n", "\n    ```\n", "- ```\n", "https://good.example/`", "&", "&#58;", "&#47;", "<svg>", "<T>",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=16).map("".join)
RENDERERS = [
    MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"] if is_wide else []) for html in (True, False) for is_wide in (True, False)
]


def passed(pieces):
    links = LinkFilter(HOSTS)
    return "".join([*map(links.feed, pieces), links.flush()])


def is_foreign(target):
    """As browsers read it: spaces at the ends and line ends dropped, backslashes as slashes, users before the host."""
    address = re.sub(r"[\t\r\n]", "", target).strip("".join(map(chr, range(33)))).replace("\\", "/").lower()
    scheme = re.match(r"[a-z][a-z0-9+.-]*(?=:)", address)
    if scheme and scheme[0] not in ("http", "https", "ftp"):
        return scheme[0] in ("javascript", "data", "vbscript", "file", "blob")
    absolute = re.match(r"(?:[a-z]+:/*|//+)([^/?#]*)", address)
    return absolute is not None and absolute[1].rpartition("@")[2].partition(":")[0] not in ("", "good.example")


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self._code = [], 0

    def handle_starttag(self, tag, attrs):
        self._code += tag == "code"
        self.found += [tag] if tag in ("script", "style", "iframe", "svg", "object") else []
        self.found += [(name, value) for name, value in attrs if value and name in TARGETS and is_foreign(value)]
        self.found += [(name, value) for name, value in attrs if name == "style" and "url" in (value or "")]

    def handle_endtag(self, tag):
        self._code -= tag == "code"

    def handle_data(self, data):
        bare = [] if self._code > 0 else re.findall(r"(?i)https?://\w[^\s<]*|(?<![\w@/.])www\.[^\W_][^\s<]*", data)
        self.found += [address for address in bare if is_foreign(re.sub(r"(?i)^www", "http://www", address))]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_renderer_fetches_or_links_to_a_foreign_host(text):
    result = passed([text])
    pages = [Page() for _ in RENDERERS]
    for page, renderer in zip(pages, RENDERERS, strict=True):
        page.feed(renderer.render(result))
    assert [page.found for page in pages] == [[]] * len(pages)


@settings(max_examples=150, deadline=None)
@given(TEXTS, cuts())
def test_the_result_does_not_depend_on_how_the_text_was_cut(text, places):
    assert passed(cut(text, places)) == passed([text])


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_it_does_not_depend_on_a_cut_at_every_character(text):
    assert passed(list(text)) == passed([text])


@given(st.text(max_size=60), cuts())
def test_any_text_comes_through(text, places):
    assert passed(cut(text, places)) == passed([text])


@pytest.mark.parametrize("mark", ["[", "![", "<a ", "`", "](", "&", "h", "\\", "[a](", "<", "$", "~~~\n", "- ", "[a]:", "//", "``` \n", "[`", "(", "\n "])
def test_no_repetition_takes_long(mark):
    assert passed([mark * 20_000]) is not None
