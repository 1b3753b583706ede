"""A set is read whole, or refused with the file and the line that are at fault."""

import pytest

from apps.common.errors import Invalid
from apps.documents.evaluation.sets import SetDocument, read_set


def test_a_set_has_its_documents_and_the_questions_that_are_judged(folder):
    found = read_set(folder, "dev")
    assert found.documents[0] == SetDocument("d-sew", "Sewing", "Sew the quires on linen cords with waxed thread.")
    assert [one.id for one in found.documents] == ["d-sew", "d-press", "d-glue", "d-gild"]
    assert found.questions == {"q1": "waxed thread and linen cords", "q2": "wheat paste on the spine"}
    assert found.judged == {"q1": {"d-sew": 1}, "q2": {"d-glue": 2, "d-press": 0}}


def test_it_may_be_cut_to_its_first_questions(folder):
    assert list(read_set(folder, "dev", limit=1).questions) == ["q1"]


def test_a_document_may_lack_a_title_and_lines_may_be_empty(folder):
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": "Words."}\n\n{"_id": "d2", "title": null, "text": "More."}\n')
    assert read_set(folder, "dev").documents == [SetDocument("d1", "", "Words."), SetDocument("d2", "", "More.")]


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/dev.tsv"])
def test_a_file_that_is_missing_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(Invalid, match=rf"{name} cannot be read: No such file"):
        read_set(folder, "dev")


def test_judgements_of_an_unknown_name_are_named(folder):
    with pytest.raises(Invalid, match=r"qrels/test\.tsv cannot be read"):
        read_set(folder, "test")


@pytest.mark.parametrize("line", ["{broken", "[1, 2]", '{"_id": "d1"}', '{"_id": 7, "text": "Words."}'])
def test_a_line_that_is_no_document_is_named(folder, line):
    with (folder / "corpus.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(Invalid, match=r"corpus\.jsonl, line 5: expected a JSON object with the texts _id and text\."):
        read_set(folder, "dev")


@pytest.mark.parametrize("line", ["q1", "q1\td-sew", "q1\td-sew\tvery"])
def test_a_judgement_that_is_none_is_named(folder, line):
    (folder / "qrels" / "dev.tsv").write_text(f"query-id\tcorpus-id\tscore\nq1\td-sew\t1\n{line}\n")
    with pytest.raises(Invalid, match=r"dev\.tsv, line 3: expected a question, a document and a whole number"):
        read_set(folder, "dev")


def test_a_file_without_judgements_is_refused(folder):
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\n")
    with pytest.raises(Invalid, match="judges nothing"):
        read_set(folder, "dev")


def test_a_judged_question_has_to_be_there(folder):
    with (folder / "qrels" / "dev.tsv").open("a", encoding="utf-8") as file:
        file.write("q9\td-sew\t1\n")
    with pytest.raises(Invalid, match=r"has no question q9, which dev\.tsv judges"):
        read_set(folder, "dev")
