from contextlib import nullcontext
from dataclasses import replace

import pytest

from apps.documents.models import Document, DocumentVersion, Passage, PassageEmbedding
from apps.documents.services import index_handbook
from tests.documents.conftest import MODEL, models_named
from tests.documents.files import HANDBOOK_PAGE

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, rung):
    (tmp_path / "binding.md").write_text(HANDBOOK_PAGE)
    (tmp_path / "tools.md").write_text("# Tools\n\nAn awl makes holes.\n")
    (tmp_path / "picture.png").write_bytes(b"not read")
    return tmp_path


@pytest.fixture
def index(acme, alice, folder):
    return lambda: index_handbook(acme, alice, folder)


def test_its_pages_are_ready_at_once(index, acme):
    change = index()
    documents = Document.objects.filter(collection__workspace=acme, collection__name="Handbook")
    assert change.added == ("binding.md", "tools.md")
    assert {(one.title, one.state, one.kind) for one in documents} == {("Binding", "ready", "markdown"), ("Tools", "ready", "markdown")}


def test_when_nothing_changed_it_costs_one_query(index, django_assert_num_queries):
    index()
    with django_assert_num_queries(1):
        change = index()
    assert (change.added, change.changed, change.removed) == ((), (), ())


def test_a_changed_file_is_the_next_version_of_its_document(index, folder):
    index()
    before = Document.objects.get(source_name="tools.md")
    (folder / "tools.md").write_text("# Better tools\n\nA needle sews.\n")
    assert index().changed == ("tools.md",)
    after = Document.objects.get(source_name="tools.md")
    assert (after.id, after.title, after.current_version.number) == (before.id, "Better tools", 2)
    assert after.original.read().startswith(b"# Better")


def test_the_file_of_the_version_before_stays_with_it(index, folder):
    index()
    before = Document.objects.get(source_name="tools.md").original
    (folder / "tools.md").write_text("# Better tools\n")
    index()
    assert before.storage.exists(before.name)
    assert DocumentVersion.objects.get(original=before.name).number == 1


def test_under_another_embedding_model_each_page_gets_vectors_of_that_one(index, acme, monkeypatch):
    index()
    model = replace(MODEL, name="another")
    monkeypatch.setattr("apps.documents.services.handbook.get_embedding_model", lambda: model)
    monkeypatch.setattr("apps.documents.services.handbook.gateway_models", lambda workspace_id: nullcontext(models_named("another")))
    assert index().changed == ("binding.md", "tools.md")
    assert set(PassageEmbedding.objects.values_list("model", flat=True)) == {"another"}
    assert index().changed == ()


def test_a_removed_file_leaves_the_library(index, folder):
    index()
    (folder / "tools.md").unlink()
    assert index().removed == ("tools.md",)
    assert not Document.objects.filter(source_name="tools.md").exists()
    assert not Passage.objects.filter(text__contains="awl").exists()


def test_a_file_that_cannot_be_published_leaves_no_file_behind(index, monkeypatch):
    from tests.documents.test_uploads import stored_files

    def fail(*_anything):
        raise ConnectionError

    monkeypatch.setattr("apps.documents.services.handbook.publish_versions", fail)
    with pytest.raises(ConnectionError):
        index()
    assert stored_files() == []
    assert not Document.objects.exists()
