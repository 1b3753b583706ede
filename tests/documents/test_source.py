import pytest
from django.urls import reverse

from apps.documents.models import Passage
from tests.documents.files import HANDBOOK_PAGE, make_pdf

pytestmark = pytest.mark.django_db
FRAGMENT = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def open_source(alice, acme, client_for):
    def get(document, headers=None, **query):
        place = reverse("documents:document", args=[acme.slug, document.id])
        names = {name.strip("_"): value for name, value in query.items()}
        return client_for(alice).get(place, names, **(headers or {}))

    return get


@pytest.fixture
def page(alice_reader, make_document):
    return make_document(alice_reader, HANDBOOK_PAGE, "binding.md")


def passages_of(document):
    return list(Passage.objects.filter(version=document.current_version).order_by("ordinal"))


def marked(response):
    pieces = [piece for leaf in response.context["leaves"] for passage in leaf.passages for piece in passage.pieces]
    return "".join(text for piece in pieces for text, is_marked in piece.segments if is_marked)


def test_a_document_is_shown_as_it_is_built(page, open_source):
    response = open_source(page)
    (leaf,) = response.context["leaves"]
    pieces = [(piece.kind, piece.level) for passage in leaf.passages for piece in passage.pieces]
    assert pieces == [("heading", 1), ("paragraph", 0), ("heading", 2), ("paragraph", 0)]
    assert (leaf.page, leaf.name, leaf.number, leaf.title) == (None, "", "", "")
    assert response.context["document"]["title"] == "Binding"
    assert response.context["cited"] is None


def test_the_cited_words_are_marked(page, open_source):
    passage = passages_of(page)[0]
    start = passage.text.index("gathering of leaves")
    response = open_source(page, passage=passage.id, from_=start, to=start + 19)
    assert marked(response) == "gathering of leaves"
    assert response.context["cited"].anchor == f"p{passage.id}"
    assert "<mark>gathering of leaves</mark>" in response.content.decode()


def test_a_mark_may_span_blocks_and_end_after_the_text(page, open_source):
    passage = passages_of(page)[0]
    assert marked(open_source(page, passage=passage.id, from_=0, to=99999)).startswith("BindingA quire")


@pytest.mark.parametrize("span", [{}, {"from_": 5}, {"from_": 9, "to": 2}, {"from_": 99999, "to": 999999}])
def test_without_a_sensible_span_only_the_passage_is_pointed_at(page, open_source, span):
    response = open_source(page, passage=passages_of(page)[0].id, **span)
    assert response.context["cited"].is_cited
    assert marked(response) == ""


@pytest.mark.parametrize("query", [{"passage": "x"}, {"from_": "-1"}, {"to": "1.5"}, {"page": "٣"}, {"passage": "9" * 40}])
def test_numbers_have_to_be_numbers(page, open_source, query):
    assert open_source(page, **query).status_code == 422


def test_a_passage_of_another_document_is_not_shown_here(alice_reader, page, make_document, open_source):
    other = make_document(alice_reader, "Other words.", "other.txt")
    for passage_id in (passages_of(other)[0].id, 999_999_999):
        response = open_source(page, passage=passage_id)
        assert response.status_code == 404
        assert "no longer in the library" in response.content.decode()


def test_the_words_are_escaped(alice_reader, make_document, open_source):
    document = make_document(alice_reader, "Say <script>alert(1)</script> aloud & go.", "a.txt")
    html = open_source(document).content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;" in html


def test_a_fragment_is_the_source_alone(page, open_source):
    html = open_source(page, FRAGMENT).content.decode()
    assert "<html" not in html
    assert "A quire is a gathering" in html


def test_pages_of_a_pdf_are_leaves_with_their_numbers(alice_reader, make_document, open_source):
    document = make_document(alice_reader, make_pdf(["One.", "", "Three."]), "a.pdf")
    leaves = open_source(document).context["leaves"]
    assert [(leaf.page, leaf.name, leaf.number, len(leaf.passages)) for leaf in leaves] == [(1, "Page 1", "1", 1), (3, "Page 3", "3", 1)]


@pytest.fixture
def book(alice_reader, make_document):
    return make_document(alice_reader, make_pdf([f"This is page {number}." for number in range(1, 26)]), "book.pdf")


def test_a_book_is_shown_ten_leaves_at_a_time(book, open_source):
    response = open_source(book)
    assert [leaf.page for leaf in response.context["leaves"]] == list(range(1, 11))
    assert response.context["pager"].earlier_url == ""
    assert response.context["pager"].later_url.endswith("?page=11")


def test_a_page_can_be_opened(book, open_source):
    response = open_source(book, page=21)
    assert [leaf.page for leaf in response.context["leaves"]] == [21, 22, 23, 24, 25]
    assert response.context["pager"].earlier_url.endswith("?page=11")
    assert response.context["pager"].later_url == ""
    assert [leaf.page for leaf in open_source(book, page=99).context["leaves"]] == [25]


def test_a_citation_deep_in_a_book_is_shown_with_what_is_around_it(book, open_source):
    passage = passages_of(book)[14]
    response = open_source(book, passage=passage.id)
    assert [leaf.page for leaf in response.context["leaves"]] == list(range(12, 22))
    assert response.context["cited"].id == passage.id


def test_a_long_text_without_pages_is_cut_into_leaves(alice_reader, make_document, open_source):
    words = "Every sentence of this long text has some twelve words in it or more. "
    document = make_document(alice_reader, "\n\n".join([words * 20] * 20), "long.txt")
    response = open_source(document, page=2)
    assert {leaf.page for leaf in response.context["leaves"]} == {None}
    assert response.context["pager"].earlier_url.endswith("?page=1")


def test_a_citation_of_a_superseded_version_still_opens(page, read_again, open_source):
    old = passages_of(page)[0]
    page = read_again(page)
    assert page.current_version_id != old.version_id
    response = open_source(page, passage=old.id)
    assert response.context["cited"].id == old.id
    named = open_source(page, version=str(old.version_id))
    assert named.context["leaves"][0].passages[0].id == old.id


@pytest.mark.parametrize("version", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_version_that_is_not_there_is_404(page, open_source, version):
    assert open_source(page, version=version).status_code == 404


def test_pages_of_a_superseded_version_link_to_itself(book, read_again, open_source):
    old = book.current_version_id
    book = read_again(book)
    assert f"version={old}" in open_source(book, version=str(old)).context["pager"].later_url


def test_a_document_without_a_version_says_that_nothing_can_be_read_yet(alice_reader, upload, open_source):
    response = open_source(upload(alice_reader))
    assert response.context["leaves"] == []
    assert "Nothing of this document can be read yet" in response.content.decode()


def test_a_passage_without_blocks_is_one_paragraph(page, open_source):
    Passage.objects.update(blocks=[])
    (leaf,) = open_source(page).context["leaves"]
    assert [piece.kind for piece in leaf.passages[0].pieces] == ["paragraph"]
