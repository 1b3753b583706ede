import pytest

from apps.documents.models import DocumentVersion, Passage
from apps.documents.places import name_place, place_of


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("page", 3), "page 3"),
        (("page", 3, "", (4, 9)), "page 3"),
        (("slide", 4, "Our plan"), "slide 4"),
        (("sheet", 1, "Budget", (12, 30)), "sheet Budget, rows 12-30"),
        (("sheet", 1, "Budget", (12, 12)), "sheet Budget, row 12"),
        (("sheet", 2), "sheet 2"),
        (("sheet", 1, "", (1, 2)), "rows 1-2"),
        (("sheet", 1, "Budget"), "sheet Budget"),
        (("chapter", 7, "The Sea"), "The Sea"),
        (("chapter", 7, "Of the\n sea " * 30), "Of the sea " * 7 + "Of\u2026"),
        (("chapter", 7), "chapter 7"),
        (("", None), ""),
        (("", None, "", (4, 9)), ""),
        (("", 3), "page 3"),
        (("", None, "A part"), "A part"),
    ],
)
def test_a_place_is_named_by_what_its_document_is_made_of(place, name):
    assert name_place(*place) == name


def test_a_passage_is_named_by_its_version_s_parts():
    version = DocumentVersion(unit="sheet")
    assert place_of(Passage(version=version, page=2, label="Budget", first_row=12, last_row=30)) == "sheet Budget, rows 12-30"
    assert place_of(Passage(version=version, page=2, label="Budget", first_row=12)) == "sheet Budget"
