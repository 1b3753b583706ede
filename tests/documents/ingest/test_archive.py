import io
import struct
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest import archive as archive_module
from apps.documents.ingest.archive import check_archive, open_archive, read_member
from tests.documents.files import make_zip, write


def refusal(data: bytes) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        check_archive(io.BytesIO(data))
    return caught.value


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def end_of(entries: int, size: int, offset: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, offset, 0)


def lying(data: bytes, said: int) -> bytes:
    """Let the directory say that the one member has `said` bytes unpacked."""
    at = data.index(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<L", said) + data[at + 28 :]


def test_an_archive_with_a_giant_directory_is_refused_before_it_is_read():
    assert refusal(b"PK\x03\x04" + bytes(100) + end_of(60_000, 60_000, 0)).reason == "too_large"


def test_a_large_record_that_says_more_than_the_small_one_is_believed():
    large = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 2**33, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    assert refusal(b"PK\x03\x04" + bytes(100) + large + locator + end_of(1, 60, 0)).reason == "too_large"


def test_an_archive_with_large_fields_is_read(monkeypatch):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"words")
    check_archive(io.BytesIO(out.getvalue()))
    assert read_member(opened(out.getvalue()), "a.txt", 10) == b"words"


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(100) + end_of(1, 46, 4), b"PK\x03\x04", b"PK\x03\x04PK\x05\x06", b""])
def test_an_archive_whose_directory_is_nonsense_is_refused(data):
    assert refusal(data).reason == "unreadable"


def test_more_members_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_ENTRIES", 2)
    assert refusal(make_zip({"a": b"", "b": b"", "c": b""})).reason == "too_large"


def test_more_bytes_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_ARCHIVE_BYTES", 10)
    assert refusal(make_zip({"a": b"twelve bytes"})).reason == "too_large"


def test_members_that_share_their_bytes_are_refused():
    data = make_zip({"a": b"x" * 1000, "b": b"x" * 1000})
    first, second = (at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02")
    # The second entry points at the first member, as in an archive that unpacks without end.
    assert refusal(data[: second + 42] + data[first + 42 : first + 46] + data[second + 46 :]).reason == "unreadable"


def test_a_member_beyond_the_end_is_refused():
    data = make_zip({"a": b"words"})
    at = data.index(b"PK\x01\x02")
    assert refusal(data[: at + 20] + struct.pack("<L", 10**6) + data[at + 24 :]).reason == "unreadable"


def test_a_locked_archive_is_refused_as_locked():
    data = bytearray(make_zip({"a": b"words"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data)).reason == "encrypted"


def test_a_packing_that_no_document_has_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"words")
    assert refusal(out.getvalue()).reason == "unreadable"


def test_a_member_is_read_up_to_the_limit_and_not_beyond():
    archive = opened(make_zip({"a": b"x" * 100}))
    assert len(read_member(archive, "a", 100)) == 100
    with pytest.raises(FileRefused) as caught:
        read_member(archive, "a", 99)
    assert caught.value.reason == "too_large"


def test_a_member_that_lies_about_its_size_is_broken():
    data = lying(make_zip({"a": b"x" * 100}), 10)
    with pytest.raises(FileRefused) as caught:
        read_member(opened(data), "a", 1000)
    assert caught.value.reason == "unreadable"


def test_a_member_that_says_it_is_small_is_never_unpacked_whole(monkeypatch):
    sizes = []
    decompressobj = zlib.decompressobj

    class Watched:
        def __init__(self, *args):
            self.inner = decompressobj(*args)

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def decompress(self, data, most):
            sizes.append(most)
            return self.inner.decompress(data, most)

    monkeypatch.setattr(zipfile.zlib, "decompressobj", Watched)
    with pytest.raises(FileRefused):
        read_member(opened(lying(make_zip({"a": bytes(50_000_000)}), 2_000_000)), "a", 1_000_000)
    assert sizes
    assert max(sizes) < 1_100_000


def test_a_missing_or_damaged_member_is_unreadable():
    data = bytearray(make_zip({"a": b"words of the member"}))
    data[33] ^= 0xFF
    for name in ("a", "b"):
        with pytest.raises(FileRefused) as caught:
            read_member(opened(bytes(data)), name, 100)
        assert caught.value.reason == "unreadable"


def test_of_two_members_of_one_name_the_last_is_read():
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("a", b"first")
        archive.writestr("a", b"last")
    check_archive(io.BytesIO(out.getvalue()))
    assert read_member(opened(out.getvalue()), "a", 10) == b"last"


def test_nothing_is_ever_written_outside_or_inside_the_folder(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    inner = make_zip({"bomb": bytes(1000)})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../outside", b"words")
        archive.writestr("/absolute", b"words")
        archive.writestr(link, b"/etc/passwd")
        archive.writestr("inner.zip", inner)
    path = write(tmp_path, out.getvalue())
    with open_archive(path) as archive:
        assert read_member(archive, "../../outside", 10) == b"words"
        # A link is the words that it is made of, an archive within is its bytes.
        assert read_member(archive, "link", 100) == b"/etc/passwd"
        assert read_member(archive, "inner.zip", 10_000) == inner
    assert list(tmp_path.iterdir()) == [path]
    assert not Path("/absolute").exists()
