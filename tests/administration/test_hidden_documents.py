"""A restricted document that does not name the operator is nowhere in the administration; filters and searches do not reach it."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from apps.accounts.models import AuditEntry, Group, GroupMember, Membership, Workspace
from apps.documents.models import Access, CollectionGrant, Document, DocumentGrant, DocumentVersion, IngestJob
from tests.administration.forms import fill_in
from tests.administration.test_changing_people import actions, page_of, refusal

pytestmark = pytest.mark.django_db
TITLE = "Merger with Globex"
LISTS = sorted(f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)


@pytest.fixture
def client(client_for, root):
    return client_for(root)


@pytest.fixture
def job(secret):
    version = DocumentVersion.objects.create(document=secret, number=1)
    return IngestJob.objects.create(document=secret, version=version, owner=secret.owner, hinted_at=timezone.now())


@pytest.fixture
def team(acme):
    return Group.objects.create(workspace=acme, name="Team")


@pytest.fixture
def roots(root, acme):
    """The operator's own place in the workspace."""
    return Membership.objects.create(user=root, workspace=acme)


def document_page(document):
    return f"/admin/documents/document/{document.pk}/change/"


def test_it_is_in_no_list_and_no_page(client, secret, job, team, alice, acme, shelf):
    DocumentGrant.objects.create(document=secret, group=team)
    pages = [*LISTS, "/admin/", page_of(team), page_of(alice), page_of(acme), f"/admin/documents/collection/{shelf.pk}/change/"]
    for address in [*pages, f"/admin/accounts/group/{team.pk}/delete/", f"/admin/documents/ingestjob/{job.pk}/change/"]:
        page = client.get(address)
        assert page.status_code == 200
        assert TITLE not in page.content.decode()
        assert str(secret.pk) not in page.content.decode()
    for address in (document_page(secret), f"/admin/documents/document/{secret.pk}/history/"):
        assert client.get(address).headers["Location"] == "/admin/"
    assert client.post(document_page(secret), {}).status_code == 302
    assert client.post(f"/admin/documents/document/{secret.pk}/delete/", {"post": "yes"}).status_code == 403


def test_it_is_there_for_an_operator_whom_it_names(client, secret, job, team, roots):
    GroupMember.objects.create(group=team, membership=roots)
    DocumentGrant.objects.create(document=secret, group=team)
    assert TITLE in client.get("/admin/documents/document/").content.decode()
    assert TITLE in client.get("/admin/documents/ingestjob/").content.decode()
    assert "Team (group)" in client.get(document_page(secret)).content.decode()


def test_its_job_is_there_without_its_title(client, secret, job, make_document, operator_client):
    IngestJob.objects.create(document=make_document("Open plan"), hinted_at=timezone.now())
    page = client.get("/admin/documents/ingestjob/").content.decode()
    assert "a restricted document" in page
    assert "Open plan" in page
    for_developers = operator_client("developer").get("/admin/documents/ingestjob/").content.decode()
    assert "Open plan" not in for_developers
    assert "a document" in for_developers


def test_no_search_finds_it(client, secret, job, make_document, operator_client):
    open_plan = IngestJob.objects.create(document=make_document("Open plan"), hinted_at=timezone.now())

    def found(address, browser=client):
        return browser.get(address).content.decode().count('class="field-state')

    assert found("/admin/documents/document/?q=Globex") == 0
    assert found("/admin/documents/document/?q=plan") == 1
    assert found("/admin/documents/ingestjob/?q=Globex") == 0
    assert found("/admin/documents/ingestjob/?q=plan") == 1
    assert found(f"/admin/documents/ingestjob/?q={open_plan.pk}") == 1
    assert found(f"/admin/documents/ingestjob/?q={job.pk}") == 1
    assert found("/admin/documents/ingestjob/?q=+") == 2
    assert found("/admin/documents/ingestjob/?q=plan", operator_client("developer")) == 0


@pytest.mark.parametrize(
    "address",
    [
        "/admin/accounts/user/?password__startswith=argon2",
        "/admin/accounts/user/?memberships__role=owner",
        "/admin/accounts/apikey/?digest__startswith=0",
        "/admin/accounts/apikey/?owner__password__startswith=a",
        "/admin/accounts/membership/?user__password__startswith=a",
        "/admin/accounts/membership/?workspace__collections__documents__title__startswith=M",
        "/admin/accounts/group/?document_grants__document__title__startswith=M",
        "/admin/accounts/workspace/?collections__documents__title__startswith=M",
        "/admin/documents/collection/?documents__title__startswith=M",
        "/admin/documents/document/?owner__password__startswith=a",
        "/admin/documents/document/?title__startswith=M",
        "/admin/documents/document/?versions__passages__text__contains=M",
        "/admin/documents/ingestjob/?document__title__startswith=M",
        "/admin/documents/ingestjob/?document__access=restricted",
        "/admin/documents/ingestjob/?document=1",
        "/admin/chat/run/?question__text__startswith=M",
        "/admin/chat/run/?conversation__title__startswith=M",
        "/admin/chat/run/?trace__icontains=M",
    ],
)
def test_no_address_asks_a_list_about_what_it_does_not_show(client, secret, job, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "/admin/accounts/user/?is_active__exact=1",
        "/admin/accounts/user/?operator_role__exact=developer",
        "/admin/accounts/membership/?role__exact=owner",
        "/admin/documents/document/?state__exact=ready&kind__exact=text&access__exact=public",
        "/admin/documents/document/?created_at__year=2026&created_at__month=1&created_at__day=2",
        "/admin/chat/run/?error_code=&model__isnull=True",
    ],
)
def test_the_filters_of_a_list_work(client, acme, address):
    assert client.get(address).status_code == 200


def test_ordering_is_by_columns_alone(client, secret, job):
    """A number that names no column is ignored; the title of a hidden document is no column to sort by."""
    for address in ("/admin/documents/ingestjob/?o=1", "/admin/documents/ingestjob/?o=99", "/admin/documents/ingestjob/?o=document__title"):
        assert client.get(address).status_code == 200
    page = client.get("/admin/documents/ingestjob/").content.decode()
    heading = page.partition("column-of_document")[2].partition("</th>")[0]
    assert "?o=" not in heading


@pytest.mark.parametrize(("role", "is_offered"), [("administrator", True), ("ai_engineer", False)])
def test_a_filter_by_a_related_row_offers_what_the_operator_sees(operator_client, acme, other, role, is_offered):
    page = operator_client(role).get("/admin/documents/collection/").content.decode()
    assert (f"?workspace__id__exact={acme.pk}" in page) is is_offered


def test_choices_go_through_the_operator(client, operator_client, secret, acme, team):
    asked = "?app_label=documents&model_name=documentgrant&field_name=document&term="
    assert TITLE not in client.get(f"/admin/autocomplete/{asked}").content.decode()
    people = "?app_label=accounts&model_name=membership&field_name=user&term="
    assert operator_client("developer").get(f"/admin/autocomplete/{people}").status_code == 403


def test_nothing_is_written_into_djangos_own_log(client, make_document, bob, acme):
    document = make_document("Open plan")
    member = Membership.objects.get(user=bob)
    fill_in(client, document_page(document), rows=[("grants-2", {"member": member.pk})])
    fill_in(client, page_of(bob), name="Robert")
    assert DocumentGrant.objects.get().member == member
    assert not LogEntry.objects.exists()
    assert not [entry for entry in AuditEntry.objects.all() if "Open plan" in str(entry.detail)]


# --- what is opened and closed


def test_a_document_is_opened_and_closed_and_nothing_else_of_it_changes(client, make_document, team, acme):
    document = make_document("Board minutes", Access.INTERNAL)
    before = Document.objects.filter(pk=document.pk).values().get()
    saved = fill_in(client, document_page(document), title="Planted", access="public", rows=[("grants-2", {"group": team.pk})])
    assert saved.status_code == 302, refusal(saved)
    assert DocumentGrant.objects.get().group == team
    assert Document.objects.filter(pk=document.pk).values().get() == before
    fill_in(client, document_page(document), **{"grants-0-DELETE": "on"})
    assert not DocumentGrant.objects.exists()
    assert {"document.shared", "document.unshared"} <= actions(workspace_id=acme.pk)


def test_nobody_of_another_workspace_is_named(client, make_document, charlie, other, shelf):
    stranger = Membership.objects.get(user=charlie)
    theirs = Group.objects.create(workspace=other, name="Theirs")
    document = make_document("Board minutes")
    for row in ({"member": stranger.pk}, {"group": theirs.pk}):
        assert "is not one of the same workspace" in refusal(fill_in(client, document_page(document), rows=[("grants-2", row)]))
        crafted = fill_in(client, f"/admin/documents/collection/{shelf.pk}/change/", rows=[("grants-2", row | {"level": "read"})])
        assert "is not one of the same workspace" in refusal(crafted)
    assert not DocumentGrant.objects.exists()
    assert not CollectionGrant.objects.exists()


def test_a_collection_is_opened_changed_and_closed(client, shelf, team, bob, acme):
    address = f"/admin/documents/collection/{shelf.pk}/change/"
    member = Membership.objects.get(user=bob)
    rows = [("grants-2", {"group": team.pk, "level": "read"}), ("grants-2", {"member": member.pk, "level": "write"})]
    saved = fill_in(client, address, name="Top shelf", everyone="read", slug="planted", rows=rows)
    assert saved.status_code == 302, refusal(saved)
    shelf.refresh_from_db()
    assert (shelf.name, shelf.everyone, shelf.slug) == ("Top shelf", "read", "shelf")
    assert sorted(shelf.grants.values_list("level", flat=True)) == ["read", "write"]
    fill_in(client, address, **{"grants-0-level": "manage", "grants-1-DELETE": "on"})
    assert list(shelf.grants.values_list("level", flat=True)) == ["manage"]
    made = {"collection.changed", "collection_grant.added", "collection_grant.changed", "collection_grant.removed"}
    assert made <= actions(workspace_id=acme.pk)


def test_a_grant_names_one_member_or_one_group(client, shelf, team, bob):
    member = Membership.objects.get(user=bob)
    address = f"/admin/documents/collection/{shelf.pk}/change/"
    both = fill_in(client, address, rows=[("grants-2", {"group": team.pk, "member": member.pk, "level": "read"})])
    assert "Name a member or a group, not both." in refusal(both)
    neither = fill_in(client, address, rows=[("grants-2", {"level": "write"})])
    assert "Name a member or a group, not both." in refusal(neither)
    assert not CollectionGrant.objects.exists()


def test_an_ai_engineer_looks_at_the_library_and_opens_nothing(operator_client, shelf, make_document, team):
    client = operator_client("ai_engineer")
    document = make_document("Open plan")
    CollectionGrant.objects.create(collection=shelf, group=team)
    for address in (f"/admin/documents/collection/{shelf.pk}/change/", document_page(document)):
        page = client.get(address)
        assert page.status_code == 200
        assert "Team" not in page.content.decode()
        assert "_save" not in page.content.decode()
        assert client.post(address, {"name": "x"}).status_code == 403
    assert Workspace.objects.get().name == "Acme"
