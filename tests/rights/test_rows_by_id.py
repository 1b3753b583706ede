"""The lint rules see what goes past the reader, and nothing else."""

import pytest

from tools.rows_by_id import REVIEWED, find_managers, find_unreviewed


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, code):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)
        return [name]

    return write


@pytest.mark.parametrize(
    "code",
    [
        "Document.objects.get(pk=1)",
        "model._default_manager.all()",
        "model._base_manager.all()",
        "get_object_or_404(Document, pk=1)",
        "shortcuts.get_list_or_404(Document)",
    ],
)
@pytest.mark.parametrize("place", ["views.py", "views/library.py", "api/views.py", "consumers.py", "tasks.py", "admin/x.py", "management/commands/x.py"])
def test_an_interface_reaches_for_no_manager(code, place, written):
    assert len(find_managers(written(f"apps/documents/{place}", code))) == 1


def test_selectors_and_names_in_texts_are_left_alone(written):
    assert find_managers(written("apps/documents/selectors.py", "Document.objects.all()")) == []
    assert find_managers(written("apps/documents/views.py", '"Document.objects"  # Document.objects')) == []


def test_the_administration_asks_as_the_operator(written):
    assert find_managers(written("apps/administration/admin/x.py", "User.objects.all().visible_to_operator(o).filter(a=1)")) == []
    assert find_managers(written("apps/documents/views.py", "User.objects.all().visible_to_operator(o)")) != []


def unreviewed(written, code):
    return [problem for problem in find_unreviewed(written("apps/documents/selectors.py", f"def f():\n    {code}")) if "selectors.py::f" in problem]


@pytest.mark.parametrize(
    "code", ["Document.objects.get(pk=some_id)", "Run.objects.filter(a=1).filter(pk__in=list(ids)).first()", "Run.objects.filter(id=ids[0])"]
)
def test_an_id_from_outside_goes_through_the_reader(code, written):
    assert len(unreviewed(written, f"return {code}")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "Document.objects.visible_to(reader).get(pk=some_id)",
        "Document.objects.filter(pk=document.pk).update(a=1)",
        "Run.objects.filter(pk=run.answer_id)",
        "rows.filter(pk=some_id)",
    ],
)
def test_readers_and_rows_in_hand_are_all_right(code, written):
    assert unreviewed(written, f"return {code}") == []


def test_what_was_reviewed_and_went_is_told(written):
    assert len(find_unreviewed(written("apps/documents/selectors.py", ""))) == len(REVIEWED)
