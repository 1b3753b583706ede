"""What of a page is its content, and what is there to get about on the site.

The page's own words come first (`main`, `article`, roles). Then hints in class and id as Mozilla's Readability reads them
(its `unlikelyCandidates`), and the share of text that is links, as in jusText; both are believed less readily than there:
losing text is worse than keeping a menu. Tables, code, lists and captions are never measured by their length.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from lxml import etree

from apps.documents.ingest.limits import Beat, no_beat, pulsed
from apps.documents.ingest.parsers.html_tables import is_data_table
from apps.documents.ingest.parsers.html_tree import Element, is_hidden, tag_of

_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "dialog", "alertdialog", "tablist"])
_PLACES = frozenset(["main", "article", "section", "blockquote", "figure", "td"])
_WORD = re.compile(r"[a-z]+")
# Left out where they are mostly links or short.
_ABOUT_NAMES = """nav navbar navigation navbox navlinks breadcrumb breadcrumbs menu submenu sidebar footer masthead pagination pager
    paging share sharing social addthis related recommended promo advert advertisement ads sponsor sponsored newsletter subscribe
    signup login toolbar catlinks printfooter siteNotice sitenotice langlinks interlanguage languages portlet jumplink skip skiplink
    toc tags popup modal widget copyright"""
_ABOUT = frozenset(_ABOUT_NAMES.split())
# Left out however they read, if they are not most of the page.
_NEVER = frozenset(["cookie", "cookies", "consent", "gdpr", "noprint", "linenos", "lineno", "linenodiv", "gutter", "editsection", "jumptonav", "sitesub"])
# Readability's okMaybeItsACandidate: the names of content win over those.
_CONTENT = frozenset(["article", "body", "content", "main", "post", "entry", "text", "page"])
_LINKY = 0.33
_VERY_LINKY = 0.75
_SHORT = 60
_COOKIE_CHARS = 2500
_BOXES = frozenset(["div", "ul", "ol", "table", "p", "section", "dl", "center", "td", "form"])
_ROWS_LOOKED_AT = 50
_GRID_ROWS = 3
# A part that calls itself the main one is believed if it is so much of the page.
_MAIN_SHARE = 0.25
_ARTICLE_SHARE = 0.4
# Less than this left of a page: it was all about getting about, so that is its content.
_KEPT_SHARE = 0.1
_KEPT_CHARS = 200


@dataclass(slots=True)
class _Measure:
    """What is inside one element, without what was left out there."""

    text: int = 0
    linked: int = 0
    links: int = 0
    has_heading: bool = False
    has_matter: bool = False
    has_table: bool = False
    # Rows of several cells each: an index, whose cells may all be links.
    has_grid: bool = False


@dataclass(slots=True)
class _Survey:
    dropped: set[Element] = field(default_factory=set)
    mains: list[tuple[Element, int]] = field(default_factory=list)
    articles: list[tuple[Element, int]] = field(default_factory=list)
    # All that is shown, and what is left of it.
    whole: int = 0
    kept: int = 0


def find_content(root: Element, beat: Beat = no_beat) -> tuple[Element, AbstractSet[Element]]:
    """Return the element that holds the content, and the parts in it to leave out."""
    body = next(iter(root.xpath("//*[local-name()='body']")), root)
    survey = _survey(body, beat)
    content = _main_part(survey)
    if content is not None:
        return content, survey.dropped
    linked = _survey(body, beat, drop_link_lists=True)
    for one in (linked, survey):
        if one.kept >= min(_KEPT_CHARS, one.whole) or one.kept >= one.whole * _KEPT_SHARE > 0:
            return body, one.dropped
    return body, frozenset()


def _main_part(survey: _Survey) -> Element | None:
    for found, share in ((survey.mains, _MAIN_SHARE), (survey.articles, _ARTICLE_SHARE)):
        if found:
            part, text = max(found, key=lambda one: one[1])
            if text and text >= share * survey.kept:
                return part
    return None


def _survey(body: Element, beat: Beat, *, drop_link_lists: bool = False) -> _Survey:
    """Measure all parts in one walk, from the inside out, and decide on each with what is left of it."""
    survey = _Survey()
    stack = [_Measure()]
    # How many links and places of content are open.
    in_link = in_place = 0
    events = etree.iterwalk(body, events=("start", "end"))
    for event, element in pulsed(events, beat):
        tag = tag_of(element)
        if event == "start":
            if element is not body and is_hidden(element, tag):
                events.skip_subtree()
                continue
            in_link += tag == "a"
            in_place += tag in _PLACES
            stack.append(_Measure(links=int(tag == "a"), has_heading=tag in ("h1", "h2", "h3"), has_matter=tag in ("pre", "code", "img", "dd")))
            _count(stack[-1], element.text, in_link)
            continue
        if element is body or not is_hidden(element, tag):
            in_link -= tag == "a"
            in_place -= tag in _PLACES
            measure = stack.pop()
            if tag == "table":
                measure.has_grid |= not measure.has_table and _is_grid(element)
                measure.has_table = True
            if element is not body and _is_about(element, tag, measure, in_place, drop_link_lists=drop_link_lists):
                survey.dropped.add(element)
                survey.whole += measure.text
            else:
                _join(stack[-1], measure)
                _note(survey, element, tag, measure)
        if element is not body:
            _count(stack[-1], element.tail, in_link)
    survey.kept = stack[0].text
    survey.whole += survey.kept
    return survey


def _count(measure: _Measure, text: str | None, in_link: int) -> None:
    if text:
        length = len(text.strip())
        measure.text += length
        measure.linked += length if in_link else 0


def _join(outer: _Measure, inner: _Measure) -> None:
    outer.text += inner.text
    outer.linked += inner.linked
    outer.links += inner.links
    outer.has_heading |= inner.has_heading
    outer.has_matter |= inner.has_matter
    outer.has_table |= inner.has_table
    outer.has_grid |= inner.has_grid


def _note(survey: _Survey, element: Element, tag: str, measure: _Measure) -> None:
    if tag == "main" or element.get("role") == "main":
        survey.mains.append((element, measure.text))
    elif tag == "article":
        survey.articles.append((element, measure.text))


def _is_about(element: Element, tag: str, measure: _Measure, in_place: int, *, drop_link_lists: bool) -> bool:
    """Tell whether this part is about the site, not of the page's matter."""
    role = element.get("role")
    if tag == "nav" or role in _ROLES:
        return True
    linky = measure.linked / measure.text if measure.text else 0.0
    if tag == "footer":
        return not in_place or linky >= _LINKY
    if tag == "header":
        return not in_place and not measure.has_heading
    if tag == "aside" or role == "complementary":
        return linky >= _LINKY or not in_place
    if tag in ("html", "body", "main", "article"):
        return False
    if _is_named_so(element, measure, linky):
        return True
    is_list = tag in _BOXES and linky >= _VERY_LINKY and measure.links >= 4
    return drop_link_lists and is_list and not measure.has_heading and not measure.has_grid


def _is_grid(table: Element) -> bool:
    """Tell a table, in which there is no other, whose rows mostly have several cells with words."""
    if not is_data_table(table):
        return False
    rows = [row for row in table.iter() if tag_of(row) == "tr"][:_ROWS_LOOKED_AT]
    filled = [sum(bool("".join(cell.itertext()).strip()) for cell in row) for row in rows]
    wide = sum(cells >= 2 for cells in filled)
    return wide >= _GRID_ROWS and wide * 2 >= len(filled)


def _is_named_so(element: Element, measure: _Measure, linky: float) -> bool:
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    if not named.strip():
        return False
    words = set(_WORD.findall(named.lower()))
    if words & _NEVER:
        return measure.text < _COOKIE_CHARS
    if not words & _ABOUT or words & _CONTENT:
        return False
    return linky >= _LINKY or (measure.text < _SHORT and not measure.has_heading and not measure.has_matter)
