from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from apps.documents import search as documents_search
from apps.documents.models import Document, PassageEmbedding, TermCount
from apps.documents.search import Filters, Mode, Sort
from apps.gateway.errors import ProviderUnavailable
from tests.documents.files import make_pdf

# The search runs its queries in connections of its own.
pytestmark = pytest.mark.django_db(transaction=True)

SEWING = "Sew the quires on linen cords with waxed thread."
PRESS = "Press the book between boards overnight."
GLUE = "Glue the spine with wheat paste."


@pytest.fixture
def find():
    return async_to_sync(documents_search.search)


@pytest.fixture
def shelf(alice_reader, make_document):
    return {name: make_document(alice_reader, text, f"{name}.txt") for name, text in {"sewing": SEWING, "press": PRESS, "glue": GLUE}.items()}


def titles(hits):
    return [hit.title for hit in hits]


def test_a_question_finds_the_passage_that_answers_it(alice_reader, shelf, find):
    hits = find(alice_reader, "What thread do I sew the quires with?")
    best = hits[0]
    assert (best.title, best.text, best.document_id) == ("sewing", SEWING, shelf["sewing"].id)
    assert (best.version_id, best.page, best.kind) == (shelf["sewing"].current_version_id, None, "text")
    assert best.score > hits[-1].score


def test_it_explains_itself_by_ranks_and_scores(alice_reader, shelf, find):
    explanation = find(alice_reader, "waxed thread")[0].explanation
    assert explanation == {"words": {"rank": 1, "score": 1.0}, "meaning": {"rank": 1, "score": 1.0}, "terms": ["waxed", "thread"]}


def test_a_teammate_finds_what_is_public_and_only_that(alice_reader, bob_reader, make_document, find):
    make_document(alice_reader, SEWING, "open.txt")
    make_document(alice_reader, SEWING + " A secret.", "hidden.txt", access="restricted")
    assert titles(find(bob_reader, "waxed thread secret")) == ["open"]
    assert sorted(titles(find(alice_reader, "waxed thread secret"))) == ["hidden", "open"]


def test_a_stranger_finds_nothing(shelf, charlie_reader, find):
    assert find(charlie_reader, "waxed thread") == []


def test_what_is_not_ready_is_not_found(alice_reader, upload, find):
    upload(alice_reader, SEWING)
    assert find(alice_reader, "waxed thread") == []


def test_a_superseded_version_is_not_found(alice_reader, shelf, read_again, find):
    current = read_again(shelf["sewing"]).current_version_id
    assert {hit.version_id for hit in find(alice_reader, "waxed thread") if hit.title == "sewing"} == {current}


def test_a_deleted_document_is_not_found(alice_reader, shelf, find):
    from apps.documents.services import delete_document

    delete_document(alice_reader, shelf["sewing"])
    assert "sewing" not in titles(find(alice_reader, "waxed thread"))


def test_a_passage_that_goes_while_it_is_searched_is_left_out(alice_reader, shelf, find, monkeypatch):
    monkeypatch.setattr("apps.documents.search.hybrid.read_passages", lambda scope, analyser, ids: {})
    assert find(alice_reader, "waxed thread") == []


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda shelf: Filters(document_ids=frozenset([shelf["glue"].id])), ["glue"]),
        (lambda shelf: Filters(collection_ids=frozenset([shelf["glue"].id])), []),
        (lambda shelf: Filters(kinds=frozenset(["pdf"])), []),
        (lambda shelf: Filters(kinds=frozenset(["text"]), document_ids=frozenset([shelf["press"].id])), ["press"]),
        (lambda shelf: Filters(kinds=frozenset()), []),
        (lambda shelf: Filters(title=("PRE", "ss")), ["press"]),
        (lambda shelf: Filters(access=frozenset(["restricted"])), []),
        (lambda shelf: Filters(tags=frozenset(["craft"])), ["glue"]),
        (lambda shelf: Filters(tags=frozenset(["craft", "paper"])), []),
        (lambda shelf: Filters(since=timezone.now().date() + timedelta(days=1)), []),
        (lambda shelf: Filters(before=timezone.now().date()), []),
        (lambda shelf: Filters(collections=frozenset(["GENERAL"]), title=("glue",)), ["glue"]),
        (lambda shelf: Filters(collections=frozenset(["Elsewhere"])), []),
        (lambda shelf: Filters(languages=frozenset(["zh"])), []),
    ],
)
def test_filters_narrow(alice_reader, shelf, find, make, expected):
    Document.objects.filter(pk=shelf["glue"].pk).update(tags=["craft"])
    assert titles(find(alice_reader, "book spine thread", filters=make(shelf))) == expected


def test_the_limit_is_kept(alice_reader, shelf, find):
    assert len(find(alice_reader, "the book", limit=2)) == 2
    assert find(alice_reader, "the book", limit=0) == []


ODD_QUESTIONS = ["", "   ", "\x00", "?!", "the of and", "'; DROP TABLE x; --", "a:b & !c | (d <-> e", '"unfinished', "\\", "😀", "or and not", "x" * 9000]


def test_any_question_is_a_question(alice_reader, shelf, find):
    # In one test: each would empty the database after itself.
    assert [type(find(alice_reader, question)) for question in ODD_QUESTIONS] == [list] * len(ODD_QUESTIONS)


def test_without_the_embedder_the_words_still_find(alice_reader, shelf, find, monkeypatch):
    async def down(principal, texts):
        raise ProviderUnavailable

    monkeypatch.setattr("apps.documents.search.hybrid.embed", down)
    hits = find(alice_reader, "waxed thread")
    assert titles(hits) == ["sewing"]
    assert "meaning" not in hits[0].explanation
    assert async_to_sync(documents_search.search_marked)(alice_reader, "waxed thread").is_without_meaning


def test_without_words_in_common_the_vectors_still_find(alice_reader, shelf, find, monkeypatch):
    from tests.documents.conftest import embed_texts

    async def embed(principal, texts):
        return embed_texts([GLUE])

    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    assert find(alice_reader, "zzz")[0].title == "glue"


def test_vectors_of_another_model_are_not_compared(alice_reader, shelf, find):
    PassageEmbedding.objects.update(model="another")
    hits = find(alice_reader, "waxed thread")
    assert [hit.explanation["meaning"] for hit in hits] == [None]


def test_the_same_search_gives_the_same_list(alice_reader, shelf, find):
    assert find(alice_reader, "the book and the thread") == find(alice_reader, "the book and the thread")


def test_hidden_neighbours_do_not_crowd_out_what_may_be_seen(alice_reader, bob_reader, make_document, find):
    make_document(bob_reader, "Bone folder and thread.", "mine.txt")
    for number in range(12):
        make_document(alice_reader, f"Waxed thread number {number}.", f"{number}.txt", access="restricted")
    assert titles(find(bob_reader, "waxed thread")) == ["mine"]
    assert Document.objects.count() == 13


def test_each_stage_can_be_asked_alone(alice_reader, shelf, find):
    stages = {mode: set(find(alice_reader, "waxed thread", mode=mode)[0].explanation) for mode in Mode}
    assert stages[Mode.BM25] == {"words", "terms"}
    assert stages[Mode.DENSE] == {"meaning", "terms"}
    assert stages[Mode.HYBRID] == stages[Mode.DEFAULT] == {"words", "meaning", "terms"}


def test_a_score_is_a_part_of_what_could_be(alice_reader, shelf, find):
    hits = find(alice_reader, "Sew the quires on linen cords with waxed thread.")
    assert 1 >= hits[0].score > 0.6
    assert all(0 <= hit.score <= 1 for hit in hits)


def test_neighbours_are_one_hit_and_apart_for_an_agent(alice_reader, make_document, find):
    make_document(alice_reader, make_pdf(["Waxed thread of linen, page one.", "Waxed thread of silk, page two.", "Paste."]), "book.pdf")
    (hit,) = [one for one in find(alice_reader, "waxed thread") if one.title == "book"]
    assert (hit.page, [beside.place for beside in hit.neighbours]) in [(1, ["page 2", "page 3"]), (2, ["page 1", "page 3"]), (1, ["page 2"]), (2, ["page 1"])]
    apart = find(alice_reader, "waxed thread", joins=False)
    assert {hit.page for hit in apart} >= {1, 2}


def test_a_copy_is_folded_into_the_hit_that_it_repeats(alice_reader, make_document, find):
    long = "Sew the quires on linen cords with waxed thread, press the book between boards overnight and glue its spine with wheat paste"
    make_document(alice_reader, f"{long}.", "first.txt")
    make_document(alice_reader, f"{long}!", "second.txt")
    (hit,) = find(alice_reader, "waxed thread")
    assert {hit.title, *(one.title for one in hit.alike)} == {"first", "second"}


LONG = "sew the quires on linen cords with waxed thread, press the book between boards overnight and glue its spine with wheat paste"
WORDS = ["apple", "bread", "chalk", "dough", "elbow", "frost", "grape", "honey", "ivory", "juice", "knife", "lemon", "metal", "novel", "ocean"]


def test_copies_leave_no_other_document_out(alice_reader, make_document):
    for number in range(25):
        make_document(alice_reader, f"{LONG}{'!' * number}", f"copy {number}.txt")
    for word in WORDS:
        make_document(alice_reader, f"The {word} is tied up with thread of the {word}.", f"{word}.txt")
    find_marked = async_to_sync(documents_search.search_marked)
    first = find_marked(alice_reader, "sew the quires with waxed thread", limit=10)
    assert (len(first.hits), first.has_more) == (10, True)
    every = find_marked(alice_reader, "sew the quires with waxed thread", limit=20)
    assert (len(every.hits), every.has_more) == (16, False)
    assert {*WORDS} < {*titles(every.hits)}


def test_one_long_manual_leaves_room_for_other_documents(alice_reader, make_document, find):
    # Pages about something else lie between, so that they are no neighbours.
    pages = [page for number in range(40) for page in (f"Waxed thread of linen, waxed thread number {number}.", "Nothing.")]
    make_document(alice_reader, make_pdf(pages), "manual.pdf")
    for word in WORDS[:5]:
        make_document(alice_reader, f"The {word} is tied up with waxed {word}, and the {word} is put beside all of the other things.", f"{word}.txt")
    assert {*WORDS[:5]} < {*titles(find(alice_reader, "waxed thread of linen", limit=10))}


def test_an_agent_gets_each_contract_that_differs_in_a_number(alice_reader, make_document, find):
    for number in range(20):
        make_document(alice_reader, f"{LONG}, for the price of {100 + number} euros in all.", f"contract {number}.txt")
    hits = find(alice_reader, "the price of waxed thread", limit=8, joins=False)
    assert len({hit.text for hit in hits}) == 8


@pytest.fixture
def covered(alice_reader, make_document):
    """A document whose first page says nothing, and in another language."""
    german = "Die Lagen werden mit gewachstem Faden auf leinene Kordeln genäht, und der Rücken wird mit Kleister geleimt, bevor das Buch gepresst wird."
    english = "This is the cover page of the yearly report about the work of our company, and there is nothing else to be read on it."
    return make_document(alice_reader, make_pdf([english, german]), "covered.pdf")


@pytest.mark.parametrize(("written", "page"), [("language:de", 2), ("-cover", 2), ("language:en", 1), ("-faden", 1)])
def test_a_list_has_each_document_by_the_first_passage_that_may_be_found(alice_reader, covered, written, page):
    [hit] = async_to_sync(documents_search.search_marked)(alice_reader, written).hits
    assert (hit.document_id, hit.page) == (covered.pk, page)


def test_a_list_leaves_out_no_copy(alice_reader, make_document):
    for number in range(12):
        make_document(alice_reader, f"{LONG}{'!' * number}", f"invoice {number}.txt")
    Document.objects.update(tags=["invoice"])
    find_marked = async_to_sync(documents_search.search_marked)
    first, every = (find_marked(alice_reader, "tag:invoice", limit=limit) for limit in (10, 12))
    assert (len(first.hits), first.has_more) == (10, True)
    assert (len(every.hits), every.has_more) == (12, False)
    assert every.hits[:10] == first.hits
    assert every.hits == sorted(every.hits, key=lambda hit: hit.updated_at, reverse=True)


MARKED = [
    ("thread -sewing title:sewing", []),
    ('"wheat paste"', ["glue"]),
    ("type:text -thread book", ["press"]),
    ("title:glue", ["glue"]),
    ("in:general after:2020", ["glue", "press", "sewing"]),
    ("in:nowhere thread", []),
    ("-thread", ["glue", "press"]),
]


def test_marks_of_the_search_field_are_understood(alice_reader, shelf):
    find_marked = async_to_sync(documents_search.search_marked)
    assert [(written, sorted(titles(find_marked(alice_reader, written).hits))) for written, _ in MARKED if written != "type:text -thread book"] == [
        one for one in MARKED if one[0] != "type:text -thread book"
    ]
    assert titles(find_marked(alice_reader, "type:text -thread book").hits)[0] == "press"
    nothing = find_marked(alice_reader, "  ")
    assert (nothing.hits, nothing.has_more) == ([], False)


def test_more_than_was_asked_for_is_told(alice_reader, shelf):
    find_marked = async_to_sync(documents_search.search_marked)
    assert find_marked(alice_reader, "book thread spine", limit=1).has_more
    assert not find_marked(alice_reader, "book thread spine", limit=10).has_more


def test_a_list_by_date_has_the_newest_first(alice_reader, shelf):
    Document.objects.filter(pk=shelf["press"].pk).update(updated_at=timezone.now() - timedelta(days=3))
    Document.objects.filter(pk=shelf["glue"].pk).update(updated_at=timezone.now() - timedelta(days=2))
    find_marked = async_to_sync(documents_search.search_marked)
    assert titles(find_marked(alice_reader, "press the book with thread and paste", sort=Sort.DATE).hits) == ["sewing", "glue", "press"]


def test_what_was_published_a_moment_ago_is_found_by_its_words_before_anything_is_counted(alice_reader, make_document, find, monkeypatch):
    monkeypatch.setattr("apps.documents.services.embedder.fold_changes", lambda: 0)
    make_document(alice_reader, SEWING, "sewing.txt")
    assert not TermCount.objects.exists()
    assert find(alice_reader, "waxed", mode=Mode.BM25)[0].title == "sewing"
