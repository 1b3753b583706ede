"""Originals in S3, spoken to over real HTTP: moto's server on the loopback, and one that answers nothing but an error."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.exceptions import ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from apps.documents import storage
from apps.documents.errors import StorageAway, StorageFull
from apps.documents.models import Document, LooseFile
from apps.documents.services import delete_document
from apps.documents.services.originals import local_copy, sweep_files
from config.env import Environment
from config.originals import originals_storage

pytestmark = pytest.mark.django_db

KEYS = {"QUIRE_S3_ACCESS_KEY_ID": "anybody", "QUIRE_S3_SECRET_ACCESS_KEY": "a secret of the tests"}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(moto):
    return boto3.client("s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="anybody", aws_secret_access_key="any")


@pytest.fixture
def use(settings, _empty_storage):
    """Keep originals where these variables of the environment say."""

    def take(address, **variables):
        values = {"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_ENDPOINT_URL": address, "QUIRE_S3_REGION": "us-east-1", **KEYS, **variables}
        settings.STORAGES = {**settings.STORAGES, "default": originals_storage(Environment(values))}

    return take


@pytest.fixture
def bucket(use, moto, client):
    """An empty bucket, with the originals under `house`: returns the keys in it."""
    client.create_bucket(Bucket="quire")
    use(moto, QUIRE_S3_PREFIX="/house/")
    yield lambda: [one["Key"] for one in client.list_objects_v2(Bucket="quire").get("Contents", [])]
    for key in [one["Key"] for one in client.list_objects_v2(Bucket="quire").get("Contents", [])]:
        client.delete_object(Bucket="quire", Key=key)
    client.delete_bucket(Bucket="quire")


def test_a_file_is_taken_read_handed_out_and_removed(alice, alice_reader, make_document, bucket, client_for, client, django_capture_on_commit_callbacks):
    document = make_document(alice_reader, "Words in a bucket.")
    assert document.state == "ready"
    (key,) = bucket()
    assert key == f"house/{document.original.name}"
    assert client.get_object(Bucket="quire", Key=key)["Body"].read() == b"Words in a bucket."
    response = client_for(alice).get(f"/w/acme/library/{document.pk}/original/")
    assert response.headers["Content-Length"] == "18"
    assert b"".join(response.streaming_content) == b"Words in a bucket."
    assert response.headers["Content-Type"] == "application/octet-stream"
    with django_capture_on_commit_callbacks(execute=True):
        delete_document(alice_reader, document)
    assert bucket() == []
    assert not LooseFile.objects.exists()


def test_a_large_file_goes_and_comes_in_pieces(bucket, use, moto, monkeypatch):
    data = bytes(range(256)) * 50_000
    monkeypatch.setattr(storage, "_PART_BYTES", 5 * 1024 * 1024)
    use(moto)
    place = default_storage.save("documents/large", ContentFile(data))
    with default_storage.open(place) as file:
        assert (file.size, file.seekable(), file.closed) == (len(data), False, False)
        assert file.read(1000) == data[:1000]
    assert file.closed
    beats = []
    with local_copy(place, lambda: beats.append(1)) as path:
        assert path.read_bytes() == data
    assert len(beats) > 10
    with default_storage.open(place) as file:
        assert file.read() == data
    assert default_storage.exists(place)


def test_no_link_to_a_file_is_ever_made(bucket):
    place = default_storage.save("documents/a", ContentFile(b"x"))
    with pytest.raises(NotImplementedError):
        default_storage.url(place)


def test_a_file_that_is_gone_is_said_to_be(alice, alice_reader, upload, ingest, bucket, client, client_for):
    document = upload(alice_reader)
    client.delete_object(Bucket="quire", Key=bucket()[0])
    assert not default_storage.exists(document.original.name)
    assert client_for(alice).get(f"/w/acme/library/{document.pk}/original/").status_code == 404
    for _ in range(3):
        ingest(document)
    assert document.error_code == "missing"


@pytest.fixture
def broken(use, monkeypatch):
    """A store that answers every request with one status."""
    monkeypatch.setattr(storage, "_TRIES", 1)
    answer = [500, b""]

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        do_GET = do_HEAD = do_DELETE = do_PUT

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    use(f"http://127.0.0.1:{server.server_port}")
    yield answer
    server.shutdown()
    server.server_close()


XML = "<?xml version='1.0'?><Error><Code>{}</Code><Message>x</Message></Error>"


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ([500, b""], 503, "storage_unavailable"),
        ([404, XML.format("NoSuchBucket").encode()], 503, "storage_unavailable"),
        ([507, XML.format("XMinioStorageFull").encode()], 507, "storage_full"),
    ],
)
def test_what_a_store_refuses_is_told_on_every_door_and_nothing_is_half_saved(alice, acme, client_for, broken, answer, status, code, caplog):
    broken[:] = answer
    someone = client_for(alice)
    reply = someone.post("/api/v1/documents", {"file": SimpleUploadedFile("a.txt", b"Words.")}, HTTP_X_QUIRE_WORKSPACE="acme")
    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert someone.post("/w/acme/library/upload/", {"file": SimpleUploadedFile("a.txt", b"Words.")}).status_code == status
    assert not Document.objects.exists()
    assert "a secret of the tests" not in str([record.__dict__ for record in caplog.records])


@pytest.mark.parametrize(("status", "code", "raised"), [(403, "AccessDenied", StorageAway), (400, "QuotaExceeded", StorageFull), (404, "", FileNotFoundError)])
def test_what_boto_raises_is_told_by_its_code_or_status(status, code, raised):
    answer = {"ResponseMetadata": {"HTTPStatusCode": status}, "Error": {"Code": code}}
    with pytest.raises(raised), storage._told():
        raise ClientError(answer, "PutObject")


def test_what_could_not_be_removed_is_left_to_the_sweeper(alice_reader, bucket, upload, use, moto, broken, django_capture_on_commit_callbacks):
    address = f"{default_storage.endpoint_url}"
    use(moto, QUIRE_S3_PREFIX="house")
    with django_capture_on_commit_callbacks(execute=True):
        document = upload(alice_reader)
    use(address)
    with django_capture_on_commit_callbacks(execute=True):
        delete_document(alice_reader, document)
    assert LooseFile.objects.count() == len(bucket()) == 1
    LooseFile.objects.update(since="2020-01-01T00:00Z")
    assert sweep_files() == 0
    use(moto, QUIRE_S3_PREFIX="house")
    assert sweep_files() == 1
    assert (LooseFile.objects.count(), bucket()) == (0, [])


def test_a_store_that_is_away_while_a_file_is_read_is_waited_for(alice_reader, bucket, upload, ingest, use, moto, broken):
    address = default_storage.endpoint_url
    use(moto, QUIRE_S3_PREFIX="house")
    document = upload(alice_reader)
    use(address)
    job = ingest(document).jobs.get()
    assert (job.state, job.error_code, job.attempt) == ("queued", "storage_unavailable", 0)
    use(moto, QUIRE_S3_PREFIX="house")
    assert ingest(document).state == "ready"


def test_nobody_at_the_address_is_a_store_that_is_away(use, monkeypatch):
    monkeypatch.setattr(storage, "_TRIES", 1)
    use("http://127.0.0.1:9")
    for ask in (lambda: default_storage.save("a", ContentFile(b"x")), lambda: default_storage.open("a"), lambda: default_storage.delete("a")):
        with pytest.raises(StorageAway):
            ask()


def test_an_answer_that_breaks_off_is_a_store_that_is_away(bucket, monkeypatch):
    from botocore.exceptions import ResponseStreamingError

    place = default_storage.save("documents/a", ContentFile(b"Words."))

    def broken_off(*_):
        raise ResponseStreamingError(error="reset")

    with default_storage.open(place) as file:
        monkeypatch.setattr(file._body, "read", broken_off)
        with pytest.raises(StorageAway):
            file.read(10)


def test_full_and_away_are_worth_another_try():
    assert StorageAway.is_retryable
    assert StorageFull.is_retryable


def test_without_a_bucket_files_are_kept_in_a_folder():
    assert originals_storage(Environment({})) == {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def test_without_keys_they_are_looked_for_where_boto_does_and_half_a_pair_is_a_mistake():
    values = {"QUIRE_S3_BUCKET": "quire"}
    assert set(originals_storage(Environment(values))["OPTIONS"]) == {"bucket_name", "location", "region_name", "endpoint_url"}
    env = Environment({**values, "QUIRE_S3_ACCESS_KEY_ID": "anybody"})
    assert "access_key" not in originals_storage(env)["OPTIONS"]
    assert [problem.name for problem in env.problems] == ["QUIRE_S3_ACCESS_KEY_ID"]


def test_a_secret_key_can_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    values = {"QUIRE_S3_BUCKET": "quire", "QUIRE_S3_ACCESS_KEY_ID": "anybody", "QUIRE_S3_SECRET_ACCESS_KEY_FILE": str(tmp_path / "key")}
    assert originals_storage(Environment(values))["OPTIONS"]["secret_key"] == "from a file"
