"""Citations hold a place, not words: what is shown is read with the reader's rights of the moment."""

import pytest

from apps.chat.models import Citation
from apps.chat.selectors.answers import get_answer
from apps.chat.selectors.exchanges import get_exchange
from apps.documents.models import Document, DocumentVersion, Passage

pytestmark = pytest.mark.django_db(transaction=True)


def sources(reader, run):
    return get_exchange(reader, run.answer_id).sources


def test_a_source_of_somebody_elses_that_was_closed_is_no_longer_shown(alice_reader, bob, answered):
    Document.objects.update(access="restricted", owner=bob)
    (source,) = sources(alice_reader, answered)
    assert (source.is_available, source.quote, source.url, source.title) == (False, None, None, "Source no longer available")
    assert "Handbook" not in str(source)


def test_a_source_that_was_deleted_leaves_its_number(alice_reader, answered):
    Document.objects.all().delete()
    exchange = get_exchange(alice_reader, answered.answer_id)
    assert [(one.number, one.is_available) for one in exchange.sources] == [(1, False)]
    assert 'class="citation citation--gone"' in exchange.html
    assert Citation.objects.get().passage is None


def test_words_around_the_quote_are_cut_between_words(alice_reader, answered, shelf):
    before, after = "begin " * 100, " end" * 100
    shelf[0].text = f"{before}Quire runs on Linux.{after}"
    shelf[0].save()
    Citation.objects.update(start=len(before), end=len(before) + 20)
    (source,) = sources(alice_reader, answered)
    assert source.quote == "Quire runs on Linux."
    assert source.before.startswith("…begin begin")
    assert source.after.endswith("end end…")
    assert len(source.before) < 290 > len(source.after)


def test_headings_and_other_paragraphs_are_not_words_around_the_quote(alice_reader, answered, shelf):
    above, sentence = "Running\n\nWhere does it run?\n\nBriefly. ", "Quire runs on Linux."
    shelf[0].text = f"{above}{sentence} Nowhere else.\n\nNext"
    shelf[0].save()
    Citation.objects.update(start=len(above), end=len(above) + len(sentence))
    (source,) = sources(alice_reader, answered)
    assert (source.before, source.quote, source.after) == ("Briefly. ", sentence, " Nowhere else.")


def test_a_span_beyond_the_text_is_cut_to_it(alice_reader, answered, shelf):
    Citation.objects.update(start=30, end=10_000)
    (source,) = sources(alice_reader, answered)
    assert source.quote == shelf[0].text[30:]


def test_a_source_is_named_by_where_it_stands(alice_reader, answered, shelf):
    assert sources(alice_reader, answered)[0].place == "page 3"
    DocumentVersion.objects.update(unit="sheet")
    Passage.objects.filter(pk=shelf[0].pk).update(label="Budget", first_row=12, last_row=30)
    assert sources(alice_reader, answered)[0].place == "sheet Budget, rows 12-30"


def test_a_passage_without_a_page_has_no_place(alice_reader, answered):
    Passage.objects.update(page=None)
    assert sources(alice_reader, answered)[0].place == ""


def test_the_answer_and_its_sources_name_the_place_in_the_same_words(client_for, alice, address, answered):
    DocumentVersion.objects.update(unit="slide")
    html = client_for(alice).get(address("conversation", answered.conversation_id)).text
    assert 'aria-label="Source 1, Handbook, slide 3"' in html
    assert "<span>Slide 3</span>" in html


def test_integrators_get_the_place_in_words(alice_reader, answered):
    DocumentVersion.objects.update(unit="slide")
    (source,) = get_answer(alice_reader, answered.pk)["sources"]
    assert (source["page"], source["place"]) == (3, "slide 3")


def test_a_passage_is_told_by_the_heading_it_stands_under(alice_reader, answered, shelf):
    passage = shelf[0]
    passage.heading_path = [passage.version.document.title, "Notice period"]
    passage.save()
    assert sources(alice_reader, answered)[0].section == "Notice period"
    passage.heading_path = [passage.version.document.title]
    passage.save()
    assert sources(alice_reader, answered)[0].section == ""


def test_a_citation_tells_how_well_it_is_supported(answered):
    assert str(Citation.objects.get()) == "[1] Supported"


def test_cells_of_a_table_are_quoted_without_its_strokes(alice_reader, answered, shelf):
    passage = shelf[0]
    passage.text = "| Item | Price |\n| --- | --- |\n| Glue | 7 |\n| Paper | 12 |"
    passage.blocks = [{"kind": "table", "level": 0, "start": 0, "end": len(passage.text)}]
    passage.save()
    start = passage.text.index("Glue")
    Citation.objects.update(start=start, end=start + len("Glue | 7"))
    (source,) = sources(alice_reader, answered)
    assert (source.before.split(), source.quote, source.after.split()) == (["Item", "\u00b7", "Price"], "Glue \u00b7 7", ["Paper", "\u00b7", "12"])
