"""What operators open and close, by the services that the administration's forms call."""

import pytest

from apps.accounts.models import AuditEntry, Group, Membership
from apps.accounts.selectors.operators import get_operator
from apps.administration.services.sharing import change_collection, grant_collection, revoke_grant, share_document, unshare_document
from apps.common.errors import Invalid, NotAllowed, NotFound
from apps.documents.models import CollectionGrant, DocumentGrant

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(root):
    return get_operator(root)


@pytest.fixture
def team(acme):
    return Group.objects.create(workspace=acme, name="Team")


def test_only_who_may_change_sharing_opens_and_closes(make_user, shelf, team, make_document):
    looking = get_operator(make_user("ada", operator_role="ai_engineer"))
    with pytest.raises(NotAllowed):
        grant_collection(looking, collection_id=shelf.pk, member_id=None, group_id=team.pk, level="read")
    with pytest.raises(NotAllowed):
        share_document(looking, document_id=make_document("Plan").pk, member_id=None, group_id=team.pk)
    assert not AuditEntry.objects.exists()


def test_a_hidden_document_is_not_there_to_be_opened(operator, secret, team):
    grant = DocumentGrant.objects.create(document=secret, group=team)
    with pytest.raises(NotFound):
        share_document(operator, document_id=secret.pk, member_id=None, group_id=team.pk)
    with pytest.raises(NotFound):
        unshare_document(operator, grant_id=grant.pk)
    assert DocumentGrant.objects.filter(pk=grant.pk).exists()


def test_one_of_the_same_workspace_is_named(operator, shelf, team, charlie, other, bob):
    stranger, member = Membership.objects.get(user=charlie), Membership.objects.get(user=bob)
    with pytest.raises(NotFound, match="not one of the same workspace"):
        grant_collection(operator, collection_id=shelf.pk, member_id=stranger.pk, group_id=None, level="read")
    for member_id, group_id in ((member.pk, team.pk), (None, None)):
        with pytest.raises(Invalid, match="not both"):
            grant_collection(operator, collection_id=shelf.pk, member_id=member_id, group_id=group_id, level="read")
    with pytest.raises(Invalid):
        grant_collection(operator, collection_id=shelf.pk, member_id=member.pk, group_id=None, level="everything")
    assert not CollectionGrant.objects.exists()


def test_the_same_again_is_not_written(operator, shelf, team, make_document):
    document = make_document("Plan")
    for _ in range(2):
        grant = grant_collection(operator, collection_id=shelf.pk, member_id=None, group_id=team.pk, level="read")
        share_document(operator, document_id=document.pk, member_id=None, group_id=team.pk)
        change_collection(operator, collection_id=shelf.pk, name=shelf.name, description="", everyone="none")
    assert sorted(AuditEntry.objects.values_list("action", flat=True)) == ["collection_grant.added", "document.shared"]
    revoke_grant(operator, grant_id=grant.pk)
    with pytest.raises(NotFound):
        revoke_grant(operator, grant_id=grant.pk)
