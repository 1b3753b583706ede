from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.documents.search import diversity
from apps.documents.search.reading import Found

TERMS = list(range(100, 120))


def diversify(ranked, limit, **options):
    return diversity.diversify([ranked], limit, **options)


def found(number, document=1, ordinal=None, terms=None, text=None):
    terms = frozenset(terms if terms is not None else range(number * 1000, number * 1000 + 20))
    place = number * 10 if ordinal is None else ordinal
    return Found(
        passage_id=number,
        version_id=UUID(int=document),
        ordinal=place,
        text=text or f"text {'o' * number}",
        start=0,
        end=9,
        blocks="[]",
        heading_path=(),
        page=None,
        place="",
        document_id=UUID(int=document),
        title="t",
        kind="text",
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        language="",
        terms=terms,
    )


def leads(groups):
    return [group.lead.passage_id for group in groups]


def test_the_same_text_is_shown_once():
    groups = diversify([found(1, 1, terms=TERMS), found(2, 2, terms=TERMS), found(3, 3), found(4, 4, terms=[*TERMS, 7])], 10)
    assert leads(groups) == [1, 3]
    assert [one.passage_id for one in groups[0].alike] == [2, 4]


def test_little_in_common_is_not_the_same():
    assert leads(diversify([found(1, 1, terms=TERMS), found(2, 2, terms=TERMS[:14])], 10)) == [1, 2]


def test_a_few_words_are_the_same_only_to_the_letter():
    short = [found(1, 1, terms=[1, 2], text="Page 3"), found(2, 2, terms=[1, 2], text="Page 3"), found(3, 3, terms=[1, 2], text="Page 4")]
    assert leads(diversify(short, 10)) == [1, 3]


def test_what_differs_in_a_number_or_a_name_is_not_the_same():
    texts = ["the rent of Smith is 100 euros", "the rent of Smith is 200 euros", "the rent of Jones is 100 euros", "the lease of Smith is 100 euros"]
    groups = diversify([found(number, number, terms=TERMS, text=text) for number, text in enumerate(texts, start=1)], 10)
    assert leads(groups) == [1, 2, 3]
    assert [one.passage_id for one in groups[0].alike] == [4]


def test_who_reads_each_passage_is_spared_only_the_same_text():
    texts = ["the rent is high", "the rent is low", "the rent is high"]
    assert leads(diversify([found(number, number, terms=TERMS, text=text) for number, text in enumerate(texts, start=1)], 10, joins=False)) == [1, 2]


def test_a_further_batch_is_taken_only_while_there_is_room():
    copies, others, unwanted = [found(1, 1, terms=TERMS), found(2, 2, terms=TERMS)], [found(3, 3), found(4, 4)], [found(5, 5)]
    batches = iter([copies, others, unwanted])
    assert leads(diversity.diversify(batches, 2)) == [1, 3]
    assert list(batches) == [unwanted]


def test_neighbours_are_one_hit():
    groups = diversify([found(1, ordinal=5), found(2, ordinal=6), found(3, ordinal=4), found(4, ordinal=7), found(5, ordinal=9)], 10)
    assert leads(groups) == [1, 5]
    assert [one.ordinal for one in groups[0].neighbours] == [6, 4, 7]
    apart = diversify([found(1, ordinal=5), found(2, ordinal=6)], 10, joins=False)
    assert leads(apart) == [1, 2]


def test_neighbours_of_another_document_are_not_joined():
    assert leads(diversify([found(1, 1, ordinal=5), found(2, 2, ordinal=6)], 10)) == [1, 2]


def test_one_document_leaves_room_for_others():
    ranked = [*(found(number, 1) for number in range(1, 9)), *(found(number, number) for number in range(10, 20))]
    assert leads(diversify(ranked, 10)) == [1, 2, 3, 4, 10, 11, 12, 13, 14, 15]
    # Where there are no others it has all of it.
    assert leads(diversify(ranked[:8], 10)) == [1, 2, 3, 4, 5, 6, 7, 8]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 20), st.sets(st.integers(1, 12), max_size=12)), max_size=25), st.integers(1, 10))
def test_nothing_is_shown_twice_and_the_best_comes_first(rows, limit):
    ranked = [found(number, document, ordinal, terms, text=str(sorted(terms))) for number, (document, ordinal, terms) in enumerate(rows, start=1)]
    groups = diversify(ranked, limit)
    shown = [one.passage_id for group in groups for one in (group.lead, *group.alike, *group.neighbours)]
    assert len(shown) == len(set(shown))
    assert len(groups) <= limit
    assert leads(groups)[:1] == [1][: len(ranked)]
