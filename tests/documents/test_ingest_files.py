"""`manage.py ingest_files`: without workers, with a report, and as often as one likes."""

import csv
import io
import json
import os
import socket

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEntry, Membership
from apps.documents.ingest.pipeline import read_here
from apps.documents.models import Collection, Document, IngestJob
from apps.documents.services import bulk
from apps.documents.services.bulk_target import shelf_named
from apps.documents.services.folders import Found, LeftOut, walk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _read_here(monkeypatch, hints, rung, acme):
    """In this process: what a confined child does is proved elsewhere."""
    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", read_here)
    monkeypatch.setattr(bulk, "_PAUSE_SECONDS", 0.005)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with a bit of everything."""
    top = tmp_path / "papers"
    (top / "deep" / ".git").mkdir(parents=True)
    (top / "a.txt").write_text("Words of a.")
    (top / "deep" / "b.md").write_text("# Heading\n\nWords of b.")
    (top / "empty.txt").write_text("")
    (top / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (top / ".hidden").write_text("x")
    (top / "deep" / ".git" / "config").write_text("x")
    (top / "~$a.docx").write_text("x")
    (tmp_path / "outside.txt").write_text("Outside.")
    (top / "out.txt").symlink_to(tmp_path / "outside.txt")
    (top / "gone.txt").symlink_to(tmp_path / "nowhere")
    (top / "loop").symlink_to(top)
    (top / "z-inside.txt").symlink_to(top / "a.txt")
    with monkeypatch.context() as inside, socket.socket(socket.AF_UNIX) as server:
        # A socket's whole path has about a hundred letters.
        inside.chdir(top)
        server.bind("talk.sock")
    os.mkfifo(top / "pipe")
    return top


def run(*paths, collection="Papers", **options):
    """Return the exit code, what was said, and the lines of the report by path."""
    out, err, report = io.StringIO(), io.StringIO(), paths[0].parent / "report.jsonl"
    code = 0
    try:
        call_command("ingest_files", *map(str, paths), collection=collection, report=report, stdout=out, stderr=err, **options)
    except SystemExit as end:
        code = end.code
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    return code, out.getvalue() + err.getvalue(), {line["path"]: line for line in lines}


def test_a_folder_is_walked_and_what_is_no_file_of_it_left_out(tree):
    left_out = LeftOut()
    assert [found.path for found in walk([tree], left_out)] == [
        "papers/a.txt",
        "papers/broken.pdf",
        "papers/deep/b.md",
        "papers/empty.txt",
        "papers/z-inside.txt",
    ]
    assert left_out.counts == {"hidden": 3, "link": 3, "special": 2}


def test_files_are_read_without_workers_and_the_report_tells_of_each(tree, alice):
    code, said, lines = run(tree)
    assert code == 1
    assert {path: (line["state"], line["code"]) for path, line in lines.items()} == {
        "papers/a.txt": ("ready", ""),
        "papers/deep/b.md": ("ready", ""),
        "papers/empty.txt": ("refused", "empty"),
        "papers/broken.pdf": ("failed", "unreadable"),
        "papers/z-inside.txt": ("unchanged", ""),
    }
    ready = lines["papers/a.txt"]
    document = Document.objects.get(pk=ready["document"])
    assert (document.source_path, document.owner, document.collection.name) == ("papers/a.txt", alice, "Papers")
    assert ready["passages"] == 1
    assert ready["seconds"] >= 0
    assert lines["papers/broken.pdf"]["reason"]
    assert "2 ready, 1 unchanged, 1 failed, 1 refused." in said
    assert "Left out: 3 hidden, 3 links out of the folder, 2 neither file nor folder." in said


def test_run_again_it_recognises_what_is_there_and_a_changed_file_is_a_version(tmp_path):
    top = tmp_path / "papers"
    top.mkdir()
    (top / "a.txt").write_text("Words of a.")
    (top / "b.txt").write_text("Words of b.")
    assert run(top)[0] == 0
    (top / "b.txt").write_text("Other words of b.")
    code, _said, lines = run(top)
    assert (code, lines["papers/a.txt"]["state"], lines["papers/b.txt"]["state"]) == (0, "unchanged", "ready")
    assert sorted(Document.objects.values_list("source_path", "current_version__number")) == [("papers/a.txt", 1), ("papers/b.txt", 2)]


def test_what_failed_before_is_told_again_and_read_again_only_on_request(tmp_path, monkeypatch):
    file = tmp_path / "a.txt"
    file.write_text("Words.")

    def fall_over(*_):
        raise MemoryError

    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", fall_over)
    assert run(file)[2]["a.txt"]["code"] == "too_large"
    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", read_here)
    code, _said, lines = run(file)
    assert (code, lines["a.txt"]["state"], IngestJob.objects.count()) == (1, "failed", 1)
    assert run(file, retry=True)[2]["a.txt"]["state"] == "ready"


def test_the_older_bytes_of_a_document_are_unchanged_though_newer_ones_failed(tmp_path):
    file = tmp_path / "a.pdf"
    file.write_text("Words.")
    run(file)
    file.write_bytes(b"%PDF-1.4 broken")
    assert run(file)[2]["a.pdf"]["state"] == "failed"
    file.write_text("Words.")
    assert run(file)[2]["a.pdf"]["state"] == "unchanged"


def test_an_interrupted_run_is_gone_on_with(tmp_path, monkeypatch):
    top = tmp_path / "papers"
    top.mkdir()
    for name in "abc":
        (top / f"{name}.txt").write_text(f"Words of {name}.")
    calls = []

    def read(path, *rest):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return read_here(path, *rest)

    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", read)
    code, said, _lines = run(top)
    assert code == 130
    assert "Run the same command again" in said
    assert set(IngestJob.objects.exclude(state="done").values_list("state", "attempt")) <= {("queued", 0), ("embedding", 0)}
    code, _said, lines = run(top)
    assert code == 0
    assert {line["state"] for line in lines.values()} <= {"ready", "unchanged"}
    assert set(Document.objects.values_list("state", flat=True)) == {"ready"}
    assert Document.objects.count() == 3


def test_a_collection_is_made_once_and_the_trail_says_so(tmp_path, alice):
    file = tmp_path / "a.txt"
    file.write_text("Words.")
    run(file, everyone="read")
    run(file)
    shelf = Collection.objects.get(name="Papers")
    assert shelf.everyone == "read"
    assert list(AuditEntry.objects.filter(action="collection.made", object_id=str(shelf.pk)).values_list("actor_id", flat=True)) == [alice.pk]


def test_the_general_collection_is_the_one_that_everybody_adds_to(alice_reader):
    made, is_new = shelf_named(alice_reader, "general")
    assert (made.slug, made.everyone, is_new) == ("general", "write", True)
    assert shelf_named(alice_reader, "General") == (made, False)


def test_it_adds_as_somebody_with_their_rights_alone(tmp_path, make_shelf, bob):
    make_shelf("Closed")
    file = tmp_path / "a.txt"
    file.write_text("Words.")
    with pytest.raises(CommandError, match="collection"):
        call_command("ingest_files", str(file), collection="Closed", email="bob@example.org")
    assert not Document.objects.exists()
    make_shelf("Open", everyone="write")
    run(file, collection="Open", email="BOB@example.org", access="restricted")
    assert Document.objects.values_list("owner", "access").get() == (bob.pk, "restricted")


def test_where_there_are_several_workspaces_one_has_to_be_named(tmp_path, other, alice):
    file = tmp_path / "a.txt"
    file.write_text("Words.")
    with pytest.raises(CommandError, match="acme, other"):
        call_command("ingest_files", str(file), collection="Papers")
    assert run(file, workspace="acme")[0] == 0
    for wrong in ({"workspace": "nowhere"}, {"workspace": "acme", "email": "charlie@example.org"}):
        with pytest.raises(CommandError):
            call_command("ingest_files", str(file), collection="Papers", **wrong)
    Membership.objects.filter(user=alice).delete()
    with pytest.raises(CommandError, match="--as"):
        call_command("ingest_files", str(file), collection="Papers", workspace="acme")


def test_without_any_workspace_it_says_what_to_do(tmp_path, acme):
    acme.delete()
    with pytest.raises(CommandError, match="prepare"):
        call_command("ingest_files", str(tmp_path), collection="Papers")


@pytest.mark.parametrize(
    ("paths", "options", "words"),
    [
        (["nowhere"], {}, "There is no"),
        (["x", "y/x"], {}, "Two of the paths are called x"),
        (["x"], {"report": "report.xlsx"}, "A report is"),
        (["x"], {"report": "nowhere/report.csv"}, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_added(tmp_path, paths, options, words):
    (tmp_path / "y").mkdir()
    for name in ("x", "y/x"):
        (tmp_path / name).write_text("Words.")
    options = {name: tmp_path / value for name, value in options.items()}
    with pytest.raises(CommandError, match=words):
        call_command("ingest_files", *[str(tmp_path / path) for path in paths], collection="Papers", **options)
    assert not Document.objects.exists()
    assert not Collection.objects.filter(name="Papers").exists()


def test_the_report_inside_of_the_folder_is_not_added(tmp_path):
    top = tmp_path / "papers"
    top.mkdir()
    (top / "a.txt").write_text("Words.")
    for _ in range(2):
        out = io.StringIO()
        call_command("ingest_files", str(top), collection="Papers", report=top / "report.jsonl", stdout=out)
        assert "the report itself" in out.getvalue()
    assert Document.objects.get().source_path == "papers/a.txt"


def test_a_report_on_a_full_disk_and_a_folder_of_our_own_that_is_closed_are_told_apart(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("Words.")
    (tmp_path / "full.jsonl").symlink_to("/dev/full")
    with pytest.raises(CommandError, match=r"The report cannot be written: No space left on device\."):
        call_command("ingest_files", str(tmp_path / "a.txt"), collection="Papers", report=tmp_path / "full.jsonl", stdout=io.StringIO())

    def closed(*_, **__):
        raise PermissionError(13, "Permission denied", "/var/quire/run")

    for error, words in ((closed, "as the user that Quire runs as"), (lambda *_, **__: (_ for _ in ()).throw(BrokenPipeError), "Nobody reads")):
        monkeypatch.setattr(bulk, "read_next", error)
        (tmp_path / "a.txt").write_text(f"Other {words}.")
        with pytest.raises(CommandError, match=words):
            call_command("ingest_files", str(tmp_path / "a.txt"), collection="Papers", stdout=io.StringIO())


def test_a_name_cannot_speak_to_the_terminal_or_look_like_another_line(tmp_path):
    (tmp_path / "a\nready b\x1b[2J\u202e.txt").write_text("Words.")
    out = io.StringIO()
    call_command("ingest_files", str(tmp_path / "a\nready b\x1b[2J\u202e.txt"), collection="Papers", stdout=out)
    assert "a\ufffdready b\ufffd[2J\ufffd.txt" in out.getvalue()


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    out = io.StringIO()
    call_command("ingest_files", str(tmp_path), collection="Papers", stdout=out)
    assert "There is no file to add." in out.getvalue()


def test_a_table_of_the_report_holds_no_formula_and_no_bytes_that_are_no_text(tmp_path):
    top = tmp_path / "papers"
    top.mkdir()
    report = tmp_path / "report.csv"
    (top / os.fsdecode(b"caf\xe9.txt")).write_text("")
    with pytest.raises(SystemExit):
        call_command("ingest_files", str(top), collection="Papers", report=report, stdout=io.StringIO())
    (tmp_path / "=cmd.txt").write_text("Words.")
    assert [row["path"] for row in csv.DictReader(report.open())] == ["papers/caf\ufffd.txt"]
    call_command("ingest_files", str(tmp_path / "=cmd.txt"), collection="Papers", report=report, stdout=io.StringIO())
    assert [row["path"] for row in csv.DictReader(report.open())] == ["'=cmd.txt"]


def test_on_a_terminal_a_bar_goes_forward_and_only_trouble_gets_a_line(tree, capsys, monkeypatch):
    err = io.StringIO()
    err.isatty = lambda: True
    with pytest.raises(SystemExit):
        call_command("ingest_files", str(tree), collection="Papers", stdout=io.StringIO(), stderr=err)
    assert "5/5" in err.getvalue()
    said = capsys.readouterr().out
    assert "broken.pdf" in said
    assert "a.txt" not in said


def test_folders_and_files_that_cannot_be_opened_are_told(tmp_path, monkeypatch):
    top = tmp_path / "papers"
    (top / "shut").mkdir(parents=True)
    (top / "a.txt").write_text("Words.")
    (top / "shut" / "b.txt").write_text("Words.")
    iterdir = type(top).iterdir
    monkeypatch.setattr(type(top), "iterdir", lambda self: iterdir(self) if self.name != "shut" else iterdir(self / "nowhere"))

    def shut(self):
        raise PermissionError

    monkeypatch.setattr(Found, "open", shut)
    code, said, lines = run(top)
    assert (code, lines["papers/a.txt"]["code"]) == (1, "unopened")
    assert "This folder cannot be opened: papers/shut" in said


def test_a_storage_that_is_full_ends_the_run(tmp_path, monkeypatch):
    from apps.documents.errors import StorageFull

    (tmp_path / "a.txt").write_text("Words.")

    def full(*_, **__):
        raise StorageFull

    monkeypatch.setattr(bulk, "receive_file", full)
    with pytest.raises(CommandError, match="full"):
        call_command("ingest_files", str(tmp_path / "a.txt"), collection="Papers")


def test_an_empty_path_is_none():
    with pytest.raises(CommandError, match="empty path"):
        call_command("ingest_files", "", collection="Papers")
