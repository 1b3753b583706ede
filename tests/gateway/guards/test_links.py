"""What leaves the links guard. What a renderer makes of it is asked in test_links_rendered.py."""

import pytest

from apps.gateway.guards.addresses import Hosts
from apps.gateway.guards.links import LinkFilter

HOSTS = Hosts(["good.example", "*.corp.example", "bücher.example"])


def passed(text, hosts=HOSTS, pieces=None):
    links = LinkFilter(hosts)
    return "".join([*map(links.feed, [text] if pieces is None else pieces), links.flush()])


UNTOUCHED = [
    "![`](//evil.example) ![x](//evil.example)`",
    "", "plain text [1], [2] and [a][b]. Yes!", "[rel](/w/acme) ![img](a.png) [x](#source-3) [q](?a=b) [e]()",
    "[g](https://good.example/x?y=1#z) ![](https://good.example/i.png)", "https://good.example/y, http://good.example:8000",
    "[a](https://mail.corp.example/) https://a.b.corp.example", "<https://good.example/>", "//good.example/x",
    "`![x](https://evil.example/i.png)` and `` a`b https://evil.example ``", "```bash\ncurl https://evil.example/x\n```\n",
    "~~~\nhttps://evil.example\n~~~", "- item:\n  ```\n  https://evil.example\n  ```\n- next",
    "1. a\n   - b:\n     ```py\n     x = 'https://evil.example'\n\n     y\n     ```\n     c", "> quoted\n\n```\nhttps://evil.example",
    "<b>bold</b><br> <details><summary>x</summary>y</details>", "a<b and c>d, List<String>, x < y, </>, a <3", "C++: std::vector<std::string> v;",
    "a // comment and/or https: http:", "[1]: note: this", "[Q]: key:value", "\\[x\\] \\` \\\\ \\", "5 * 3 = 15 $ and $$x$$ \\(a\\)",
    "alice@corp.example", "http", "www", "ht", "&", "&amp; &#169; &copy;", "!", "![", "[", "]", "](", "<", "<a href='/x'>y</a>",
    "<img src=\"/i.png\" alt=\"x\">", "<span class=\"a\" style=\"color:red\">x</span>", "|a|b|\n|-|-|\n|`c`|d|", "awww.example", "user@www.x.example",
    "![x](</a b.png>)", "[a]: /x 'title'\n", "text\r\n\r\n```\r\nhttps://evil.example\r\n```\r\n", "wwww", "````\n```\nhttps://evil.example\n````\n",
    "[a](mailto", "- a\n\n  b\n- c", "https://bücher.example/x", "https://xn--bcher-kva.example/x", "HTTPS://GOOD.EXAMPLE/x", "https://good.example./x",
    "```\ncode\n``` x\n```\nafter", "```a`b```", "[a `]` b](/x)", "https://", "https:///",
    "- a\n```\nhttps://evil.example\n```",
    "[a](< b", "```\n    ```\nhttps://evil.example\n```",
    "a\n2. x\n   ```\n   https://evil.example\n   ```", "www.", "//x y", "<https://good.example", "</b",
    "https://[::1]",
]  # fmt: skip
CHANGED = [
    ("[a\\]b](https://evil.example)", "a\\]b (evil.example)"),
    ("<a href='//evil.example'>~~~\n\nhttps://evil.example\n~~~\nhttps://evil.example", "~~~\n\nhttps://evil.example\n~~~\nevil.example (evil.example)"),
    ("![~~~](//evil.example)\n\n~~~\nhttps://evil.example", "~~~\n\n~~~\nevil.example"), ("![``](//evil.example)`\n![x](//evil.example)", "`` `\nx"),
    ("![`a](//evil.example) ![x](//evil.example)", "`a x"), ("//https://evil.example/x", "// evil.example"), ("www.https://evil.example/x", "https"),
    ("```a|b\n|---|---|\nhttps://evil.example", "```a|b\n|---|---|\nevil.example"),
    ("\\&#104;ttps://evil.example", "\\ evil.example"), ("$$\n\n`https://evil.example`\n$$", "$$\n\n`evil.example`\n$$"),
    ("- ![](//evil.example)\n  ```\n  a\n  ```\n", "- \n  ```\n  a\n  ```\n"),
    ("> ```\n> a\n\n```\nhttps://evil.example\n```", "> ```\n> a\n\n```\nevil.example\n```"),
    ("> " * 14 + "```\n\n```\nhttps://evil.example", "> " * 14 + "```\n\n```\nevil.example"),
    ("see [docs](https://evil.example/x?y=1) now", "see docs (evil.example) now"), ("![alt](https://evil.example/p.png?d=1)", "alt"),
    ("a ![](//evil.example) b", "a  b"), ("![a]( https://evil.example/x)", "a"), ("![a](<https://evil.example/x>)", "a"),
    ("![a](https://evil.example 'title')", "a"), ("![a](hTTps://evil.example)", "a"), ("![a](https:\\\\evil.example)", "a"),
    ("![a](\\\\\\\\evil.example)", "a"), ("![a](/\\evil.example)", "a"), ("![a](&#104;ttps://evil.example)", "a"),
    ("![a](https&colon;//evil.example)", "a"), ("![a](https://good.example@evil.example/x)", "a"),
    ("[a](https://good.example:x@evil.example/x)", "a (evil.example)"), ("[a](https://good.example\\@evil.example/x)", "a (good.example)"),
    ("[a](https://xn--evl-hoa.example/)", "a (xn--evl-hoa.example)"), ("[a](https://еvil.example/)", "a (еvil.example)"),
    ("[a](https://good.example.evil.example)", "a (good.example.evil.example)"), ("[a](http:evil.example)", "a (evil.example)"),
    ("[a](ht\ttps://evil.example)", "[a](ht\ttps://evil.example)"), ("![a\nb](https://evil.example/x)", "![a\nb] (evil.example)"),
    ("![a](\n  https://evil.example/x)", "![a] (\n  evil.example)"), ("[t](https://evil.example\n'x')", "[t] (evil.example\n'x')"),
    ("[a [b] c](https://evil.example/)", "a [b] c (evil.example)"), ("[![alt](https://evil.example/i)](https://evil.example/l)", "alt (evil.example)"),
    ("[![alt](https://evil.example/i)](/l)", "[alt](/l)"), ("[![alt](/i)](https://evil.example/l)", "![alt](/i) (evil.example)"),
    ("[evil.example](https://evil.example/x)", "evil.example"), ("[https://evil.example/x](https://evil.example/x)", "evil.example"),
    ("[x](javascript:alert(1))", "x"), ("![x](data:image/png;base64,AAAA)", "x"), ("[x](vbscript:a)", "x"), ("[x](foo:bar)", "x"),
    ("[r]: https://evil.example/x 'T'\n[a][r]", "[r] (evil.example) 'T'\n[a][r]"), ("[r]:\n<//evil.example/x>", "[r] (evil.example)"),
    ("[r]: javascript:a", "[r] (removed)"), ("[r]: data:x", "[r] (removed)"), ("<https://evil.example/x>", "evil.example"),
    ("<javascript:alert(1)>", "< javascript:alert(1)>"), ("<mailto:a@x.example>", "a@x.example"),
    ("<img src=\"https://evil.example/x\" alt=\"pic\">", "pic"), ("<IMG SRC=//evil.example>", ""),
    ("<img src=/x srcset='/a 1x, //evil.example 2x' alt=y>", "y"), ("<a href='https://evil.example/x'>text</a> b", "text (evil.example) b"),
    ("<a href=javascript:x>text</a>", "text "), ("<a href=//evil.example>open", "open (evil.example)"), ("<script>x</script>", "< script>x< /script>"),
    ("<div style='background:url(//evil.example)'>", "< div style='background:url(evil.example)'>"), ("<b onclick=x>", "< b onclick=x>"),
    ("<!-- hidden -->", "< !-- hidden -->"), ("<?php", "< ?php"), ("<div\n\nx", "< div\n\nx"), ("<img src=x", "< img src=x"),
    ("<b title=\"a\"b\">", "< b title=\"a\"b\">"), ("</p x=y>", "< /p x=y>"), ("<x xmlns='a'>", "< x xmlns='a'>"),
    ("<table background=//evil.example>", "< table background= evil.example >"), ("<![CDATA[", "< ![CDATA["), ("x <!", "x < !"),
    ("bare https://evil.example/a/b?c=d. Next", "bare evil.example. Next"), ("(see https://evil.example/Foo_(bar))!", "(see evil.example)!"),
    ("**https://evil.example/x**", "**evil.example**"), ("\"https://evil.example/x\", ok", "\"evil.example\", ok"),
    ("hTTps://evil.example/x", "evil.example"), ("&#104;ttps://evil.example/x", "evil.example"), ("https:\\//evil.example", "evil.example"),
    ("https&#58;&#47;&#x2f;evil.example/x", "evil.example"), ("https://good.example@evil.example/x", "evil.example"),
    ("https://good.example&#64;evil.example", "link"), ("https://user:pw@evil.example:8080/x", "evil.example"), ("ftp://evil.example/x", "evil.example"),
    ("www.evil.example/x?y", "evil.example"), ("//evil.example/x", "evil.example"), ("https://good.example\\@evil.example", "good.example"),
    ("https://%65vil.example", "link"), ("https://evil.example/x,y,.", "evil.example,."), ("https://evil.example/!!", "evil.example!!"),
    ("mail [Alice](mailto:alice@corp.example?body=x)", "mail Alice (alice@corp.example)"),
    ("ht![tps:](https://evil.example)//evil.example/", "ht tps: evil.example"),
    ("h[ttps://evil.example/x](https://evil.example)", "h ttps://evil.example/x (evil.example)"),
    ("[a]![](https://evil.example)(//evil.example)", "[a]  (evil.example)"), ("`a|b https://evil.example/x`", "`a|b evil.example`"),
    ("`a\nb` ![x](https://evil.example) `", "`a\nb` x `"), ("costs $5 `https://evil.example`", "costs $5 `evil.example`"),
    ("- ```\n  a\n  ```\n  ![x](https://evil.example)\n  ```", "- ```\n  a\n  ```\n  x\n  ```"),
    ("- a\n\n  ```\n![x](https://evil.example)\n  ```", "- a\n\n  ```\nx\n  ```"),
    ("text\n     ```\n    ![x](https://evil.example)\n    ````", "text\n     ```\n    x\n    ````"),
    ("<div>\n```\n\n![x](https://evil.example)\n```", "<div>\n```\n\nx\n```"), ("$$\n```\n$$\n![x](https://evil.example)\n```", "$$\n```\n$$\nx\n```"),
    ("\\[\n```\n\\]\n![x](https://evil.example)", "\\[\n```\n\\]\nx"), ("```mermaid\nhttps://evil.example\n```", "```mermaid\nevil.example\n```"),
    ("[a](/x '`') ![x](https://evil.example) `", "[a](/x '`') x `"),
    ("https://good.example/` ![x](https://evil.example) `", "https://good.example/` x `"),
    ("<b title='`'>![x](https://evil.example)`", "<b title='`'>x`"), ("[a](x`) ![x](https://evil.example) `", "[a](x`) x `"),
    ("[r]: /x '`\n![x](https://evil.example) `", "[r]: /x '`\nx `"), ("```\na\n~~~\n```\nhttps://evil.example", "```\na\n~~~\n```\nevil.example"),
    ("</a>\n```\n\nhttps://evil.example", "</a>\n```\n\nevil.example"), ("\\![x](https://evil.example)", "\\! x (evil.example)"),
    ("[x]\\(https://evil.example)", "[x]\\(evil.example)"), ("[a](![x](https://evil.example)//evil.example)", "[a](x evil.example)"),
    ("<b x=![i](https://evil.example)>", "<b x= i >"), ("https://https://evil.example", "https"), ("[a](</x y.png)", "[a] (</x y.png)"),
    ("- 1\n\n      ```\n      https://evil.example\n      ```", "- 1\n\n      ```\n      evil.example\n      ```"),
    ("1. a\n\n   ```\n   b\n       ```\n   https://evil.example", "1. a\n\n   ```\n   b\n       ```\n   evil.example"),
]  # fmt: skip


@pytest.mark.parametrize("text", UNTOUCHED)
def test_it_leaves_alone_what_leads_nowhere_foreign(text):
    assert passed(text) == text
    assert passed(text, pieces=list(text)) == text


@pytest.mark.parametrize(("text", "left"), CHANGED)
def test_it_takes_out_what_would_be_fetched_or_clicked(text, left):
    assert passed(text) == left
    assert passed(text, pieces=list(text)) == left


@pytest.mark.parametrize("length", [300, 700, 3000])
def test_what_is_too_long_to_be_seen_whole_goes_all_the_same(length):
    long = "a" * length
    for text in (
        f"![{long}](https://evil.example/x)", f"![x](https://evil.example/{long})", f"![x](https://{long}.evil.example/)", f"https://evil.example/{long}",
        f"https://{long}.evil.example/", f"<img alt='{long}' src=//evil.example>", f"![x]({' ' * length}https://evil.example)",
        f"[r]:{' ' * length}//evil.example", f"`{long}` ![x](//evil.example)",
    ):  # fmt: skip
        result = passed(text, pieces=list(text))
        assert result == passed(text)
        assert "https://" not in result
        assert "](//" not in result
        assert "=//" not in result


def test_nothing_is_held_back_without_a_reason():
    links = LinkFilter(HOSTS)
    text = "Hello, world."
    links.feed("A")
    assert links.feed(text) is text
    assert links.feed(" see [") == " see "
    assert links.feed("1] and with") == "[1] and wit"
    assert links.feed(" it") == "h it"


def test_never_more_than_a_bound_is_held_back():
    links = LinkFilter(HOSTS)
    out = links.feed("[" + "word " * 2000)
    assert len(out) > 10_000 - 2_010


def test_it_counts_by_kind():
    links = LinkFilter(HOSTS)
    links.feed("![a](//evil.example) [b](//evil.example) https://evil.example <script> <a href=//evil.example>x</a>")
    links.flush()
    assert links.counts == {"image": 1, "link": 2, "address": 1, "html": 1}


def test_every_host_may_be_allowed_but_not_every_scheme():
    every = Hosts(["*"])
    text = "[a](https://evil.example) ![b](//x.example) https://u@y.example www.z.example [m](mailto:a@x.example) <https://evil.example>"
    assert passed(text, every) == text
    assert passed("[a](javascript:alert(1)) ![b](data:x)", every) == "a b"
