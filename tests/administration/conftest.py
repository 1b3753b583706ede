import pytest

from apps.documents.models import Access, Collection, Document


@pytest.fixture
def shelf(acme):
    return Collection.objects.create(workspace=acme, name="Shelf", slug="shelf")


@pytest.fixture
def make_document(shelf, alice):
    def make(title, access=Access.PUBLIC, owner=alice):
        fields = {"kind": "text", "sha256": "0" * 64, "byte_size": 1, "original": "x", "source_name": title}
        return Document.objects.create(collection=shelf, owner=owner, title=title, access=access, **fields)

    return make


@pytest.fixture
def secret(make_document):
    """A restricted document that names nobody of the operators."""
    return make_document("Merger with Globex", Access.RESTRICTED)


@pytest.fixture
def operator_client(make_user, client_for):
    """Sign in as somebody with this operator role, and no place in any workspace."""

    def sign_in(role):
        return client_for(make_user(f"the-{role}", operator_role=role))

    return sign_in
