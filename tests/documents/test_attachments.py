"""Attachments are documents under their message: seen by exactly whom it is, and gone with it."""

from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync

from apps.accounts.models import AuditEntry
from apps.common.errors import Conflict
from apps.documents import search as documents_search
from apps.documents.ingest.types import Attachment, Parsed
from apps.documents.models import Access, Document, DocumentGrant, DocumentVersion, IngestJob, LooseFile, Passage
from apps.documents.services import attachments, delete_document, families
from apps.documents.services.families import family_of, top_of
from apps.documents.services.moving import move_document
from apps.documents.services.sharing import WITH_ITS_MESSAGE, set_access, share_document, unshare_document
from tests.documents.conftest import ingest_job
from tests.documents.files import make_pdf
from tests.documents.mails import NOTE, PAGE, mail, stored

pytestmark = pytest.mark.django_db


def seen_by(*readers):
    return [set(Document.objects.visible_to(reader).values_list("source_path", flat=True)) for reader in readers]


WHOLE = {"offer.eml", "offer.eml/note.txt", "offer.eml/page.pdf"}


def test_what_came_with_a_message_becomes_documents_under_it(alice_reader, make_mail, shelf):
    message = make_mail(alice_reader, NOTE, PAGE, collection=shelf, access="restricted")
    assert message.state == "ready"
    rows = list(message.attachments.order_by("created_at"))
    assert [(one.source_path, one.title, one.kind, one.state) for one in rows] == [
        ("offer.eml/note.txt", "note", "text", "ready"),
        ("offer.eml/page.pdf", "page", "pdf", "ready"),
    ]
    assert {(one.collection, one.owner, one.access) for one in rows} == {(shelf, alice_reader.user, "restricted")}
    assert [one.versions.count() for one in rows] == [1, 1]
    assert rows[1].original.open("rb").read() == PAGE[1]
    assert not LooseFile.objects.exists()


def test_the_trail_tells_of_each_attachment_and_of_nobody(alice_reader, make_mail):
    message = make_mail(alice_reader, NOTE)
    entry = AuditEntry.objects.get(action="document.attached")
    assert (entry.object_id, entry.workspace_id, entry.actor_id) == (str(message.attachments.get().pk), alice_reader.workspace.pk, None)
    assert entry.detail == {"parent": str(message.pk)}


def test_they_wait_for_their_owner_s_turn_like_every_file(alice_reader, upload, models):
    message = upload(alice_reader, mail(NOTE, PAGE), "offer.eml")
    ingest_job(message.jobs.get().id, models)
    assert list(IngestJob.objects.filter(document__parent=message).values_list("owner", "state")) == [(alice_reader.user.pk, "queued")] * 2


def test_a_second_attempt_makes_none_twice(alice_reader, make_mail, ingest_all):
    message = make_mail(alice_reader, NOTE, PAGE)
    before = set(Document.objects.values_list("pk", "current_version", "original"))
    message.versions.update(published_at=None)
    message.jobs.update(state="queued", attempt=0, finished_at=None)
    ingest_all()
    assert set(Document.objects.values_list("pk", "current_version", "original")) == before
    assert len(set(stored())) == 3


def test_a_changed_message_keeps_same_bytes_renews_changed_ones_and_lets_go_of_the_rest(
    alice_reader, make_mail, upload, ingest_all, django_capture_on_commit_callbacks
):
    message = make_mail(alice_reader, NOTE, PAGE, ("gone.txt", b"Soon gone."))
    ids = dict(message.attachments.values_list("source_name", "pk"))
    with django_capture_on_commit_callbacks(execute=True):
        upload(alice_reader, mail(NOTE, ("page.pdf", make_pdf(["Another page."])), ("new.txt", b"New."), subject="Again"), "offer.eml")
        ingest_all()
    now = {one.source_name: one for one in message.attachments.all()}
    assert set(now) == {"note.txt", "page.pdf", "new.txt"}
    assert [now[name].pk == ids[name] for name in ("note.txt", "page.pdf")] == [True, True]
    assert [now[name].versions.count() for name in ("note.txt", "page.pdf", "new.txt")] == [1, 2, 1]
    assert not Document.objects.filter(pk=ids["gone.txt"]).exists()
    held = set(DocumentVersion.objects.values_list("original", flat=True))
    assert set(stored()) == held


def test_two_of_one_name_are_two_and_the_same_bytes_twice_are_one(alice_reader, make_mail):
    message = make_mail(alice_reader, ("scan.txt", b"One."), ("scan.txt", b"Two."), ("scan.txt", b"Three."), ("copy.txt", b"One."))
    assert set(message.attachments.values_list("source_path", flat=True)) == {"offer.eml/scan.txt", "offer.eml/scan (2).txt", "offer.eml/scan (3).txt"}


def test_what_quire_does_not_read_is_noted_on_the_message(alice_reader, make_mail):
    refused = [(f"setup{number}.exe", b"MZ\x90\x00" + bytes([number]) * 300) for number in range(5)]
    message = make_mail(alice_reader, NOTE, *refused)
    assert message.note == "5 attachments were not taken: setup0.exe, setup1.exe, setup2.exe and 2 more."
    assert message.attachments.count() == 1
    assert make_mail(alice_reader, refused[0], name="b.eml").note == "1 attachment was not taken: setup0.exe."


def test_one_that_is_larger_than_an_upload_may_be_is_not_taken(alice_reader, make_mail, settings, tmp_path):
    message = make_mail(alice_reader)
    settings.QUIRE_UPLOAD_MAX_BYTES = 30
    path = tmp_path / "attachment"
    path.write_bytes(b"x" * 40)
    parsed = Parsed("", [], attachments=[Attachment("big.txt", path)])
    with attachments.stored_attachments(message.pk, alice_reader.workspace.pk, parsed, lambda: None) as attached:
        assert (attached.refused, attached.files) == (["big.txt"], [])
    assert parsed.notes == ["1 attachment was not taken: big.txt."]


def test_no_more_come_from_one_file_than_there_may_be(alice_reader, make_mail, monkeypatch):
    monkeypatch.setattr(attachments, "_MOST", 3)
    inner = mail(("c.txt", b"C."), ("d.txt", b"D."), ("e.txt", b"E."))
    message = make_mail(alice_reader, ("a.txt", b"A."), ("inner.eml", inner))
    assert len(family_of(message.pk)) == 4
    assert message.attachments.get(kind="eml").note == "2 attachments were not taken: d.txt, e.txt."


def test_messages_in_messages_end_at_the_third_level(alice_reader, make_mail):
    innermost = mail(("z.txt", b"Z."), subject="4")
    message = make_mail(alice_reader, ("1.eml", mail(("2.eml", mail(("3.eml", innermost), subject="3")), subject="2")))
    paths = set(Document.objects.filter(pk__in=family_of(message.pk)).values_list("source_path", flat=True))
    assert paths == {"offer.eml", "offer.eml/1.eml", "offer.eml/1.eml/2.eml", "offer.eml/1.eml/2.eml/3.eml"}
    last = Document.objects.get(source_name="3.eml")
    assert last.note == "1 attachment was not taken: z.txt."
    assert top_of(last.pk) == (message.pk, 3)


def test_a_name_leads_nowhere(alice_reader, make_mail):
    message = make_mail(alice_reader, ("../../etc/passwd.txt", b"Words."))
    assert message.attachments.get().source_path == "offer.eml/passwd.txt"


def test_a_file_that_fails_between_storing_and_its_row_leaves_nothing(alice_reader, upload, models, monkeypatch):
    message = upload(alice_reader, mail(NOTE, PAGE), "offer.eml")

    def fall_over(*_):
        raise ValueError

    monkeypatch.setattr("apps.documents.services.store.keep_attachments", fall_over)
    ingest_job(message.jobs.get().id, models)
    assert stored() == [message.original.name]
    assert not LooseFile.objects.exists()
    assert not Document.objects.exclude(pk=message.pk).exists()
    assert (message.jobs.get().state, Passage.objects.count()) == ("queued", 0)


def test_bytes_that_hang_there_already_are_not_stored_again(alice_reader, make_mail, ingest_all, monkeypatch):
    message = make_mail(alice_reader, NOTE)
    monkeypatch.setattr(attachments, "store_original", None)
    message.jobs.update(state="queued", attempt=0)
    ingest_all()
    assert message.attachments.count() == 1


def test_an_attachment_that_its_owner_deleted_alone_comes_back_with_the_next_reading_only(alice_reader, make_mail):
    message = make_mail(alice_reader, NOTE, PAGE)
    delete_document(alice_reader, message.attachments.get(kind="pdf"))
    assert list(message.attachments.values_list("kind", flat=True)) == ["text"]


# --- who sees them


def test_an_attachment_is_seen_by_whom_its_message_is(alice_reader, bob_reader, charlie_reader, make_mail, member_of, shelf):
    message = make_mail(alice_reader, NOTE, PAGE, collection=shelf, access="restricted")
    assert seen_by(alice_reader, bob_reader, charlie_reader) == [WHOLE, set(), set()]
    share_document(alice_reader, message, member=member_of(bob_reader))
    assert seen_by(alice_reader, bob_reader, charlie_reader) == [WHOLE, WHOLE, set()]
    unshare_document(alice_reader, message, member=member_of(bob_reader))
    assert seen_by(bob_reader) == [set()]
    set_access(alice_reader, message, Access.PUBLIC)
    assert seen_by(bob_reader, charlie_reader) == [WHOLE, set()]
    set_access(alice_reader, message, Access.INTERNAL)
    assert seen_by(bob_reader) == [set()]


def test_attachments_of_attachments_go_along(alice_reader, bob_reader, make_mail, member_of, make_shelf):
    message = make_mail(alice_reader, ("inner.eml", mail(NOTE, subject="Inner")), collection=make_shelf("A"), access="restricted")
    share_document(alice_reader, message, member=member_of(bob_reader))
    assert seen_by(bob_reader) == [{"offer.eml", "offer.eml/inner.eml", "offer.eml/inner.eml/note.txt"}]
    open_shelf = make_shelf("Open", everyone="read")
    move_document(alice_reader, message, open_shelf)
    assert {one.collection for one in Document.objects.all()} == {open_shelf}


def test_moving_a_message_shows_it_and_all_of_it_to_the_other_readers(alice_reader, bob_reader, make_mail, make_shelf):
    message = make_mail(alice_reader, NOTE, PAGE, collection=make_shelf("Closed"), access="internal")
    assert seen_by(bob_reader) == [set()]
    move_document(alice_reader, message, make_shelf("Open", everyone="read"))
    assert seen_by(bob_reader) == [WHOLE]


def test_what_comes_later_is_named_to_whom_the_message_names(alice_reader, bob_reader, upload, models, member_of, team, shelf):
    message = upload(alice_reader, mail(NOTE), "offer.eml", collection=shelf, access="restricted")
    share_document(alice_reader, message, member=member_of(bob_reader))
    share_document(alice_reader, message, group=team)
    ingest_job(message.jobs.get().id, models)
    child = message.attachments.get()
    assert set(DocumentGrant.objects.filter(document=child).values_list("member", "group")) == {(bob_reader.membership_id, None), (None, team.pk)}


@pytest.mark.parametrize("change", ["access", "share", "unshare", "move"])
def test_an_attachment_s_own_access_cannot_be_changed(alice_reader, bob_reader, make_mail, member_of, shelf, stand, change):
    child = make_mail(alice_reader, NOTE).attachments.get()
    before = stand()
    bob = member_of(bob_reader)
    changes = {
        "access": lambda: set_access(alice_reader, child, Access.RESTRICTED),
        "share": lambda: share_document(alice_reader, child, member=bob),
        "unshare": lambda: unshare_document(alice_reader, child, member=bob),
        "move": lambda: move_document(alice_reader, child, shelf),
    }
    with pytest.raises(Conflict, match="with a message") as refused:
        changes[change]()
    assert refused.value.detail == WITH_ITS_MESSAGE
    assert stand() == before


def test_a_change_is_told_to_open_pages_for_the_whole_family(alice_reader, make_mail, rung, django_capture_on_commit_callbacks):
    message = make_mail(alice_reader, NOTE)
    del rung[:]
    with django_capture_on_commit_callbacks(execute=True):
        set_access(alice_reader, message, Access.RESTRICTED)
    assert {data["document"] for _, data in rung} == {str(one) for one in family_of(message.pk)}


# The search runs its queries in connections of its own.
@pytest.mark.django_db(transaction=True)
def test_search_finds_an_attachment_for_whom_its_message_is(alice_reader, bob_reader, charlie_reader, make_mail, member_of, shelf):
    def found(reader):
        return {hit.document_id for hit in async_to_sync(documents_search.search)(reader, "zebra attached note")}

    message = make_mail(alice_reader, NOTE, collection=shelf, access="restricted")
    child = message.attachments.get()
    assert child.pk in found(alice_reader)
    assert found(bob_reader) == found(charlie_reader) == set()
    share_document(alice_reader, message, member=member_of(bob_reader))
    assert child.pk in found(bob_reader)
    unshare_document(alice_reader, message, member=member_of(bob_reader))
    assert found(bob_reader) == set()


def test_the_api_and_the_pages_show_an_attachment_as_its_message(alice, bob, charlie, alice_reader, bob_reader, make_mail, member_of, shelf, client_for):
    message = make_mail(alice_reader, NOTE, collection=shelf, access="restricted")
    child = message.attachments.get()
    paths = [f"/api/v1/documents/{child.pk}", f"/w/acme/library/{child.pk}/", f"/w/acme/library/{child.pk}/original/"]

    def statuses(user):
        return [client_for(user).get(path, HTTP_X_QUIRE_WORKSPACE="acme").status_code for path in paths]

    assert statuses(alice) == [200, 200, 200]
    assert statuses(bob) == statuses(charlie) == [404, 404, 404]
    share_document(alice_reader, message, member=member_of(bob_reader))
    assert statuses(bob) == [200, 200, 200]


# --- and gone with it


def test_deleting_a_message_takes_all_of_it(alice_reader, make_mail, trail, django_capture_on_commit_callbacks):
    message = make_mail(alice_reader, NOTE, ("inner.eml", mail(PAGE, subject="Inner")))
    family = family_of(message.pk)
    assert len(family) == 4
    with django_capture_on_commit_callbacks(execute=True):
        delete_document(alice_reader, message)
    assert not Document.objects.exists()
    assert not Passage.objects.exists()
    assert not LooseFile.objects.exists()
    assert stored() == []
    told = AuditEntry.objects.filter(action="document.deleted")
    assert {entry.object_id for entry in told} == {str(one) for one in family}
    assert {entry.detail.get("message") for entry in told} == {None, str(message.pk)}


def test_a_family_that_grew_while_it_was_waited_for_is_locked_as_a_whole(alice_reader, make_mail, add_document, monkeypatch):
    message = make_mail(alice_reader, NOTE)
    ids, late = families._ids, []

    def grow(query, document_id):
        found = ids(query, document_id)
        if not late:
            late.append(add_document(message.collection, alice_reader.user, parent=message).pk)
        return found

    monkeypatch.setattr(families, "_ids", grow)
    assert set(families.lock_family(message.pk)) == {message.pk, *message.attachments.values_list("pk", flat=True)}
    assert families.lock_family(late[0]) == late


def test_what_is_gone_has_no_family(db):
    nobody = uuid4()
    assert (families.lock_family(nobody), top_of(nobody)) == ([], (nobody, 0))


def test_its_page_leads_to_the_message_instead_of_changing_anything(alice, alice_reader, make_mail, client_for):
    message = make_mail(alice_reader, NOTE)
    attached = message.attachments.get()
    client, place = client_for(alice), f"/w/acme/library/{attached.pk}/access/"
    page = client.get(place)
    assert page.context["can_manage"] is False
    assert f"/w/acme/library/{message.pk}/access/" in page.content.decode()
    refused = client.post(f"{place}change/", {"access": "restricted", "confirmed": "yes"})
    assert refused.status_code == 409
    assert "who sees it goes with that" in refused.content.decode()
