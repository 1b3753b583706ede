import pytest
from asgiref.sync import async_to_sync

from apps.documents import search as documents_search
from apps.documents.models import Document, PassageEmbedding
from apps.documents.search import Filters
from apps.gateway.errors import ProviderUnavailable

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
    assert explanation["words"]["rank"] == explanation["meaning"]["rank"] == 1
    assert set(explanation["words"]) == {"rank", "score", "normalised"}


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
    monkeypatch.setattr("apps.documents.search.hybrid.get_passages", lambda reader, ids: {})
    assert find(alice_reader, "waxed thread") == []


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda shelf: Filters(document_ids=frozenset([shelf["glue"].id])), ["glue"]),
        (lambda shelf: Filters(collection_ids=frozenset([shelf["glue"].id])), []),
        (lambda shelf: Filters(kinds=frozenset(["pdf"])), []),
        (lambda shelf: Filters(kinds=frozenset(["text"]), document_ids=frozenset([shelf["press"].id])), ["press"]),
    ],
)
def test_filters_narrow(alice_reader, shelf, find, make, expected):
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


def test_without_words_in_common_the_vectors_still_find(alice_reader, shelf, find, monkeypatch):
    from tests.documents.conftest import embed_texts

    async def embed(principal, texts):
        return embed_texts([GLUE])

    monkeypatch.setattr("apps.documents.search.hybrid.embed", embed)
    assert find(alice_reader, "zzz")[0].title == "glue"


def test_vectors_of_another_model_are_not_compared(alice_reader, shelf, find):
    PassageEmbedding.objects.update(model="another")
    assert all("meaning" not in hit.explanation for hit in find(alice_reader, "waxed thread"))


def test_the_same_search_gives_the_same_list(alice_reader, shelf, find):
    assert find(alice_reader, "the book and the thread") == find(alice_reader, "the book and the thread")


def test_hidden_neighbours_do_not_crowd_out_what_may_be_seen(alice_reader, bob_reader, make_document, find):
    make_document(bob_reader, "Bone folder and thread.", "mine.txt")
    for number in range(12):
        make_document(alice_reader, f"Waxed thread number {number}.", f"{number}.txt", access="restricted")
    assert titles(find(bob_reader, "waxed thread")) == ["mine"]
    assert Document.objects.count() == 13
