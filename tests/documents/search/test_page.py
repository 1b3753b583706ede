"""The search page: without a script, as fragments for the script, and for everybody who may and may not."""

import re

import pytest
from django.urls import reverse

from apps.accounts.models import Membership, Role
from apps.documents.models import Document
from apps.gateway.errors import ProviderUnavailable
from tests.documents.files import make_pdf

# The search runs its queries in connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)

FRAGMENT = {"HX-Request": "true"}
SEWING = "Sew the quires on linen cords with waxed thread."


@pytest.fixture
def url(acme):
    return reverse("documents-search:search", args=[acme.slug])


@pytest.fixture
def shelf(alice_reader, make_document):
    texts = {"sewing": SEWING, "press": "Press the book between boards overnight.", "secret": "The waxed thread that nobody knows of."}
    return {name: make_document(alice_reader, text, f"{name}.txt", access="restricted" if name == "secret" else None) for name, text in texts.items()}


@pytest.fixture
def hers(client_for, alice, shelf):
    return client_for(alice)


@pytest.fixture
def his(client_for, bob, shelf):
    return client_for(bob)


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def titles(response):
    return ["".join(text for text, _marked in result.title) for result in response.context["results"]]


def test_an_empty_page_says_what_it_understands(hers, url):
    page = hers.get(url)
    assert page.status_code == 200
    assert "type:pdf" in text_of(page)
    assert page.context["results"] is None
    assert "autofocus" in page.content.decode()


def test_a_result_has_the_words_marked_its_place_and_the_way_to_it(hers, url, shelf):
    page = hers.get(url, {"q": "waxed thread for sewing"})
    best = page.context["results"][0]
    assert titles(page)[0] == "sewing"
    assert ("waxed", True) in best.segments
    assert ("sewing", True) in best.title
    assert "<mark>waxed</mark>" in page.content.decode()
    assert best.url.startswith(reverse("documents:document", args=["acme", shelf["sewing"].pk]))
    assert hers.get(best.url.partition("#")[0]).status_code == 200


def test_it_says_why_in_ranks_and_shares_and_in_nothing_else(hers, url):
    page = text_of(hers.get(url, {"q": "waxed thread"}))
    assert "Why this result" in page
    assert "rank 1, 100 % of the best : waxed, thread" in page.replace("best:", "best :")
    assert "idf" not in page


def test_a_teammate_is_shown_what_they_see_and_no_number_of_the_rest(his, hers, url):
    assert set(titles(hers.get(url, {"q": "waxed thread"}))) >= {"sewing", "secret"}
    page = his.get(url, {"q": "waxed thread"})
    assert "secret" not in titles(page)
    assert "nobody knows" not in page.content.decode()


def test_a_stranger_and_nobody_are_turned_away(client_for, charlie, other, shelf, url):
    assert client_for(charlie).get(url, {"q": "thread"}).status_code == 404
    assert client_for().get(url, {"q": "thread"}).status_code == 302
    assert client_for().get(url, {"q": "thread"}, headers=FRAGMENT).status_code == 401


def test_the_script_gets_the_results_alone(hers, url):
    fragment = hers.get(url, {"q": "waxed"}, headers=FRAGMENT)
    assert fragment.status_code == 200
    assert "<html" not in fragment.content.decode()
    assert titles(fragment)[0] in {"sewing", "secret"}
    assert "What the search understands" in text_of(hers.get(url, headers=FRAGMENT))


def test_filters_of_the_form_narrow_and_stay_chosen(hers, url, shelf):
    Document.objects.filter(pk=shelf["press"].pk).update(tags=["craft"])
    collection = shelf["press"].collection_id
    assert titles(hers.get(url, {"tag": "Craft"})) == ["press"]
    assert titles(hers.get(url, {"q": "book thread", "kind": "pdf"})) == []
    assert set(titles(hers.get(url, {"q": "thread", "access": "restricted"}))) == {"secret"}
    page = hers.get(url, {"q": "book", "collection": collection, "kind": "text", "age": "week", "language": "en", "sort": "date"})
    assert page.status_code == 200
    chosen = re.findall(r'<option value="([^"]+)" selected', page.content.decode())
    assert set(chosen) == {str(collection), "text", "en", "week", "date"}
    assert hers.get(url, {"q": "book", "language": "nn"}).context["sought"].language == "no"


def test_what_is_no_filter_narrows_nothing_and_a_collection_that_is_not_there_is_not_found(hers, url, make_shelf, his):
    odd = {"q": "book", "kind": "potato", "language": "12", "access": "all", "age": "century", "sort": "price", "limit": "-4"}
    assert titles(hers.get(url, odd)) == titles(hers.get(url, {"q": "book"}))
    hidden = make_shelf("Hidden", "none")
    answers = [his.get(url, {"q": "book", "collection": place}).status_code for place in ("nonsense", "00000000-0000-0000-0000-000000000000", hidden.pk)]
    assert answers == [404, 404, 404]


def test_only_what_stands_in_visible_documents_is_offered(his, hers, url, shelf):
    Document.objects.filter(pk=shelf["secret"].pk).update(tags=["conspiracy"], kind="msg")
    assert ("conspiracy", "conspiracy") in hers.get(url).context["facets"].tags
    facets = his.get(url).context["facets"]
    assert (facets.tags, facets.kinds) == ([], [("text", "Text")])


def test_more_are_shown_ten_at_a_time_by_a_link(hers, url, alice_reader, make_document):
    words = ["amber", "basil", "cedar", "dahlia", "elder", "fennel", "garlic", "hazel", "iris", "juniper", "kale", "laurel"]
    for number, word in enumerate(words):
        make_document(alice_reader, f"Paper {word} " + " ".join(f"{word}{one}" for one in range(8)), f"{number}.txt")
    first = hers.get(url, {"q": "paper"})
    assert len(first.context["results"]) == 10
    more = hers.get(first.context["more_url"])
    assert len(more.context["results"]) > 10
    assert "The best 10 passages" in text_of(first)
    assert hers.get(url, {"q": "paper", "limit": "100"}).context["more_url"] == ""


def test_copies_and_neighbours_are_folded_into_one_result(hers, url, alice_reader, make_document):
    long = "Marble the endpapers with ox gall, comb the colours into feathers and lay the sheet down slowly so that no air stays below it"
    make_document(alice_reader, f"{long}.", "marbling.txt")
    make_document(alice_reader, f"{long}!", "copy.txt")
    make_document(alice_reader, make_pdf(["Gold leaf sticks to glair, page one.", "Gold leaf is cut on a cushion, page two."]), "gilding.pdf")
    page = hers.get(url, {"q": "marble endpapers"})
    assert "1 more like this" in text_of(page)
    (copy,) = page.context["results"][0].alike
    assert {copy.title, titles(page)[0]} == {"marbling", "copy"}
    page = hers.get(url, {"q": "gold leaf glair cushion"})
    assert "1 more beside it" in text_of(page)
    assert {page.context["results"][0].neighbours[0].place, page.context["results"][0].place} == {"page 1", "page 2"}
    answer = hers.post("/api/v1/search", {"query": "gold leaf glair cushion", "limit": 1}, content_type="application/json").json()
    assert answer["results"][0]["neighbours"][0]["document"]["title"] == "gilding"


def test_nothing_found_says_what_to_try(hers, url):
    assert "Nothing that you see matches" in text_of(hers.get(url, {"q": '"never said"'}))
    assert "Search without filters" in text_of(hers.get(url, {"q": "thread", "kind": "pdf"}))


def test_the_question_can_be_asked_by_those_who_may(hers, his, url, bob, acme):
    page = hers.get(url, {"q": 'type:text "waxed thread"'})
    assert '<input type="hidden" name="question" value="waxed thread">' in page.content.decode()
    reads = Role.objects.create(workspace=acme, name="Reads", permissions=["document.view"])
    Membership.objects.filter(user=bob).update(role="custom", custom_role=reads)
    assert "Ask Quire this" not in text_of(his.get(url, {"q": "thread"}))


def test_without_the_embedder_it_says_that_words_alone_were_looked_for(hers, url, monkeypatch):
    async def down(principal, texts):
        raise ProviderUnavailable

    monkeypatch.setattr("apps.documents.search.hybrid.embed", down)
    page = text_of(hers.get(url, {"q": "waxed"}))
    assert "By words alone." in page
    assert "Meaning" not in page


def test_odd_questions_are_questions(hers, url):
    odd = ["<script>alert(1)</script>", "'; DROP TABLE x; --", '"unfinished', "x" * 5000, "-", "type:", "😀"]
    pages = [hers.get(url, {"q": one}) for one in odd]
    assert [page.status_code for page in pages] == [200] * len(odd)
    assert not [page for page in pages if "<script>alert" in page.content.decode()]


def test_too_many_searches_are_refused_for_a_while_and_an_empty_page_is_none(hers, url, settings):
    settings.QUIRE_LIMIT_SEARCHES_PER_USER = 2
    statuses = [hers.get(url, {"q": "thread"}, headers=FRAGMENT).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert hers.get(url).status_code == 200


def test_the_sidebar_leads_here(hers, url):
    assert f'href="{url}"' in hers.get(reverse("documents:library", args=["acme"])).content.decode()
    assert re.search(rf'href="{url}"\s+aria-current="page"', hers.get(url).content.decode())
