from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.documents.ingest.confined.host import Host
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.ingest.parsers.base import BARE
from apps.documents.ingest.types import Parsed
from apps.documents.types import Kind


@pytest.fixture(scope="session")
def planted_host() -> Iterator[Host]:
    host = Host("tests.documents.confined.planted")
    yield host
    host.stop()


@pytest.fixture
def host(planted_host: Host) -> Host:
    return planted_host


@pytest.fixture
def read(host: Host, tmp_path: Path) -> Callable[..., Parsed]:
    """Read a file that says what its reader does."""

    def read(deed: str, *arguments: str, progress=lambda *_: None, desk=BARE, **more) -> Parsed:
        path = tmp_path / "file"
        path.write_text("\n".join((deed, *arguments)), encoding="utf-8")
        return read_confined(path, Kind.CSV, progress, desk, host=host, **more)

    return read
