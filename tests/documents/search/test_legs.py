"""The words' leg against the formula of BM25, and the ways in which both legs find their candidates."""

from dataclasses import replace
from math import isclose

import pytest

from apps.documents.analysis.terms import analyse
from apps.documents.analysis.weights import idf, weigh
from apps.documents.models import Passage, PassageTerms, SearchStatistics
from apps.documents.search import candidates, legs
from apps.documents.search.legs import look_up_meaning, look_up_words
from apps.documents.search.question import PHRASES_MAX, plain_question, read_question
from apps.documents.search.types import Mode, Request
from apps.documents.services.reindex_terms import reindex_terms
from apps.documents.services.statistics import fold_changes
from tests.documents.conftest import MODEL, embed_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(alice_reader, make_document):
    """Documents of one passage each; returns what a passage of an id says."""

    def make(*texts):
        for number, text in enumerate(texts):
            make_document(alice_reader, text, f"{number}.txt")
        fold_changes()
        while reindex_terms():
            pass
        return dict(Passage.objects.values_list("pk", "text"))

    return make


@pytest.fixture
def ask(alice_reader):
    def by_words(question, reader=alice_reader, mode=Mode.BM25, read=plain_question):
        return look_up_words(reader, Request(read(question), mode=mode), MODEL).found

    return by_words


def texts_of(found, texts):
    return [texts[pk] for pk, _score in found]


def test_any_of_the_words_will_do(library, ask):
    texts = library("Sewing takes time.", "Cords are linen.", "Paste is glue.")
    assert set(texts_of(ask("How do I sew on cords?"), texts)) == {"Cords are linen.", "Sewing takes time."}


def test_a_rare_word_counts_more_than_a_common_one(library, ask):
    texts = library(*[f"The press number {number} is a press, a press." for number in range(5)], "A colophon ends the book.")
    assert texts_of(ask("press colophon"), texts)[0] == "A colophon ends the book."


def test_a_score_is_that_of_bm25(library, ask):
    texts = library("Waxed linen thread, waxed twice.", "Linen cloth.", "Thread of silk and a very long story about where it came from.", "Glue.")
    found = ask("waxed linen thread")
    statistics = SearchStatistics.objects.get()
    passages = {pk: analyse(f"{pk_title(pk)}\n{text}", "en") for pk, text in texts.items()}
    asked = analyse("waxed linen thread", "en").counts
    holding = {term: sum(term in passage.counts for passage in passages.values()) for term in asked}
    # Four are few, and count as sixteen.
    for pk, score in found:
        weights = weigh(passages[pk].counts, passages[pk].length, statistics.mean_length)
        assert isclose(score, sum(idf(holding[term], 16) * weights.get(term, 0) for term in asked), rel_tol=1e-3)
    assert len(found) == 3


def pk_title(pk):
    return Passage.objects.get(pk=pk).prefix


def test_stop_words_and_unknown_words_find_nothing(library, ask):
    library("What is the matter?", "A bone folder.")
    assert ask("what is the of") == []
    assert ask("xylophone") == []


@pytest.mark.parametrize(
    "question", ["it's O'Brien's \\ path", "'", "C:\\temp\\x", "a & b | !c", "http://example.org/a?b=c", "50% off", "{1,2}", '"', "%s", "%(x)s"]
)
def test_marks_in_a_question_are_only_marks(library, ask, question):
    library("O'Brien's path is C:\\temp\\x at http://example.org/a?b=c with 50% off.")
    assert isinstance(ask(question), list)


def test_codes_are_found_whole_and_by_their_parts(library, ask):
    texts = library("Fixed CVE-2026-1234 today.", "The year 2026 and 1234 sheets.", "See snake_case_name in v1.2.3.")
    assert texts_of(ask("CVE-2026-1234"), texts)[0].startswith("Fixed")
    assert texts_of(ask("cve 2026"), texts)[0].startswith("Fixed")
    assert texts_of(ask("snake_case_name"), texts) == texts_of(ask("v1.2.3"), texts) == ["See snake_case_name in v1.2.3."]


def test_common_terms_name_no_candidates_where_rare_ones_do(library, ask, monkeypatch):
    monkeypatch.setattr(legs, "NAMED_ALONE", 2)
    monkeypatch.setattr(legs, "FEW_PASSAGES", 0)
    texts = library("Thread here.", "Thread there.", "Thread, a cord.")
    assert texts_of(ask("thread cord"), texts) == ["Thread, a cord."]


def test_where_little_may_be_found_all_of_it_is_gone_through(library, ask, monkeypatch):
    texts = library("Thread here.", "Thread there.", "A cord.")
    whole = ask("thread cord")
    monkeypatch.setattr(legs, "NAMED_ALONE", 1)
    monkeypatch.setattr(candidates, "find_by_index", None)
    assert ask("thread cord") == whole
    assert len(texts_of(whole, texts)) == 3


def test_beside_a_model_that_knows_the_language_few_candidates_are_named(library, ask, monkeypatch, alice_reader):
    monkeypatch.setattr(legs, "NAMED_BESIDE_MEANING", 1)
    texts = library("Thread here.", "Thread there.", "A cord.")
    assert texts_of(ask("thread cord", mode=Mode.DEFAULT), texts) == ["A cord."]
    foreign = replace(MODEL, languages=frozenset({"zh"}))
    assert len(look_up_words(alice_reader, Request(plain_question("thread cord")), foreign).found) == 3


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ('"waxed thread"', {"Waxed thread.", "Use waxed, THREAD only."}),
        ("thread -waxed", {"Thread of silk."}),
        ('thread -"waxed thread"', {"Thread of silk.", "Thread that is waxed."}),
        ('"thread of silk" "silk"', {"Thread of silk."}),
        ('"no such words"', set()),
        ("thread language:en", {"Waxed thread.", "Use waxed, THREAD only.", "Thread of silk.", "Thread that is waxed."}),
        ("thread language:de", set()),
    ],
)
def test_marks_narrow_what_is_found(library, alice_reader, question, expected):
    texts = library("Waxed thread.", "Use waxed, THREAD only.", "Thread of silk.", "Thread that is waxed.")
    # So short a text tells its language to nobody.
    PassageTerms.objects.update(language="en")
    words = look_up_words(alice_reader, Request(read_question(question)), MODEL)
    scored = look_up_meaning(words, embed_texts([question])[0].tolist())
    assert {texts[pk] for pk, _score in words.found} == expected
    assert {texts[pk] for pk in scored.both} == expected


def test_a_phrase_of_chinese_is_found_as_it_is_written(library, ask):
    texts = library("劳动合同的期限由双方约定。", "合同劳动。")
    assert texts_of(ask('"劳动合同"', read=read_question), texts) == ["劳动合同的期限由双方约定。"]


def test_a_phrase_of_stop_words_alone_is_looked_for_all_the_same(library, alice_reader):
    texts = library("To be or not to be.", "That is the question.")
    words = look_up_words(alice_reader, Request(read_question('"to be or not to be"')), MODEL)
    scored = look_up_meaning(words, embed_texts(["to be"])[0].tolist())
    assert [texts[pk] for pk in scored.both] == ["To be or not to be."]


EVERYDAY = [
    "第3章的内容。",
    "于2024年签订。",
    "买iPhone手机。",
    "Don’t panic.",
    "A long\u2011term lease.",
    "Type\u00adsetting.",
    "Ein café.",
    "getUserName()",
    "C++ now.",
]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"第3章"', "第3章的内容。"),
        ('"2024年"', "于2024年签订。"),
        ('"2024"', "于2024年签订。"),
        ('"iPhone手机"', "买iPhone手机。"),
        ('"iphone"', "买iPhone手机。"),
        ('"don\'t panic"', "Don’t panic."),
        ('"long-term"', "A long\u2011term lease."),
        ('"long\u2013term lease"', "A long\u2011term lease."),
        ('"typesetting"', "Type\u00adsetting."),
        ('"type\u00adsetting"', "Type\u00adsetting."),
        ('"cafe\u0301"', "Ein café."),
        ('"getusername"', "getUserName()"),
        ('"getUsername"', "getUserName()"),
        ('"c++"', "C++ now."),
    ],
)
def test_exact_words_are_found_and_left_out_however_they_are_typed(library, alice_reader, written, expected):
    texts = library(*EVERYDAY)
    (vector,) = embed_texts([written]).tolist()
    words = look_up_words(alice_reader, Request(read_question(written)), MODEL)
    assert [texts[pk] for pk in look_up_meaning(words, vector).both] == [expected]
    words = look_up_words(alice_reader, Request(read_question(f"x -{written}")), MODEL)
    assert {texts[pk] for pk in look_up_meaning(words, vector).both} == {*EVERYDAY} - {expected}


@pytest.mark.parametrize(
    ("written", "gone"),
    [
        ("-第3章", "第3章的内容。"),
        ("-手", "买iPhone手机。"),
        ("-2024", "于2024年签订。"),
        ("-don't", "Don’t panic."),
        ("-long-term", "A long\u2011term lease."),
    ],
)
def test_a_word_is_left_out_of_any_script(library, alice_reader, written, gone):
    texts = library(*EVERYDAY)
    words = look_up_words(alice_reader, Request(read_question(f"x {written}")), MODEL)
    scored = look_up_meaning(words, embed_texts(["x"])[0].tolist())
    assert {texts[pk] for pk in scored.both} == {*EVERYDAY} - {gone}


@pytest.fixture
def large(monkeypatch):
    """A library that is too large to compare all of it, and says so when it is done all the same."""

    def refuse(*_):
        raise AssertionError("all is compared")

    monkeypatch.setattr(legs, "VERY_FEW_PASSAGES", 0)
    monkeypatch.setattr(legs, "FEW_PASSAGES", 0)
    monkeypatch.setattr(candidates, "score_compared", refuse)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"zzzzq"', set()),
        ('thread "zzzzq thread"', set()),
        ('"waxed thread"', {"Waxed thread."}),
        ("thread -waxed", {"Thread of silk."}),
        ("thread language:en", {"Waxed thread.", "Thread of silk."}),
        ("thread language:sw", set()),
    ],
)
def test_no_mark_costs_the_size_of_the_library(library, alice_reader, large, written, expected):
    texts = library("Waxed thread.", "Thread of silk.")
    PassageTerms.objects.update(language="en")
    words = look_up_words(alice_reader, Request(read_question(written)), MODEL)
    assert {texts[pk] for pk in look_up_meaning(words, embed_texts(["thread"])[0].tolist()).both} == expected


def test_a_phrase_of_stop_words_is_worth_going_through_all(library, alice_reader, large, monkeypatch):
    compared = []
    monkeypatch.setattr(candidates, "score_compared", lambda *_: compared.append(1) or candidates.Scored({}, []))
    library("To be or not to be.")
    words = look_up_words(alice_reader, Request(read_question('"to be or not to be"')), MODEL)
    look_up_meaning(words, embed_texts(["to be"])[0].tolist())
    assert compared == [1]


def test_a_phrase_is_looked_for_by_its_rarest_word(library, alice_reader, monkeypatch):
    library("Thread.", "Thread of linen.", "Waxed thread of linen.")
    named = []
    monkeypatch.setattr(candidates, "find_by_index", lambda scope, asked, naming: named.append(set(naming)) or [])
    look_up_words(alice_reader, Request(read_question('"thread" "waxed thread of linen"')), MODEL)
    assert named == [set(analyse("waxed", "en").counts)]


def test_a_phrase_of_a_language_that_the_question_does_not_tell_is_found(library, alice_reader):
    texts = library(*["A thread of waxed linen for the book."] * 9, "Die Verträge der Mieter wurden gestern gekündigt.")
    words = look_up_words(alice_reader, Request(read_question('"Mieter" the book of linen thread')), MODEL)
    assert texts_of(words.found, texts) == ["Die Verträge der Mieter wurden gestern gekündigt."]


def test_many_marks_are_few_conditions(library, alice_reader):
    library("A lease.")
    written = " ".join([f'"a{number} b"' for number in range(99)] + [f'-"c{number} d"' for number in range(99)])
    words = look_up_words(alice_reader, Request(read_question(written)), MODEL)
    assert len(words.scope.text_conditions) == PHRASES_MAX + 1


def test_both_scores_of_each_candidate_are_exact(library, alice_reader):
    texts = library("Waxed linen thread.", "Linen cloth.", "Glue and paste.")
    vector = embed_texts(["linen thread"])[0]
    words = look_up_words(alice_reader, Request(plain_question("linen thread")), MODEL)
    scored = look_up_meaning(words, vector.tolist())
    assert scored.both.keys() == texts.keys()
    stored = embed_texts([f"{Passage.objects.get(pk=pk).prefix}\n{text}" for pk, text in sorted(texts.items())])
    for (pk, (score, cosine)), other in zip(sorted(scored.both.items()), stored, strict=True):
        assert cosine == pytest.approx(float(vector @ other), abs=2e-3)
        assert score == pytest.approx(dict(words.found).get(pk, 0.0))
    assert [cosine for _pk, cosine in scored.near] == sorted((cosine for _pk, cosine in scored.near), reverse=True)


@pytest.mark.parametrize(("is_exact", "asked"), [(False, 1), (True, 0)])
def test_what_is_to_be_exact_does_not_ask_the_index_of_vectors(library, alice_reader, monkeypatch, is_exact, asked):
    texts = library("Waxed thread.", "A cord.")
    asks = []
    monkeypatch.setattr(legs, "VERY_FEW_PASSAGES", 0)
    monkeypatch.setattr(candidates, "score_nearest", lambda *_: asks.append(1) or candidates.Scored({}, []))
    words = look_up_words(alice_reader, Request(plain_question("a cord"), mode=Mode.DENSE, is_exact=is_exact), MODEL)
    (vector,) = embed_texts(["a cord"]).tolist()
    assert texts_of(look_up_meaning(words, vector).near, texts)[0] == "A cord."
    assert len(asks) == asked


def test_the_more_vectors_there_are_the_more_neighbours_are_looked_at():
    assert [candidates.width_for(count) for count in (10, 50_000, 100_000, 1_000_000, 9_000_000)] == [100, 100, 200, 400, 400]
