import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from coverage import Coverage

from apps.documents.ingest.confined.host import _ENVIRONMENT, Host
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.ingest.parsers.base import BARE
from apps.documents.ingest.types import Parsed
from apps.documents.types import Kind

PLANTED = "tests.documents.confined.planted"


@pytest.fixture(scope="session", autouse=True)
def _measured() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if found := Coverage.current():
            patch.setitem(_ENVIRONMENT, "QUIRE_TESTS_COVERAGE", found.config.data_file)
        yield


@pytest.fixture(scope="session")
def planted_host() -> Iterator[Host]:
    host = Host(PLANTED)
    yield host
    host.stop()


@pytest.fixture(scope="session")
def planted_host_of_user() -> Iterator[Host]:
    if os.geteuid():
        pytest.skip("the other host runs as an ordinary user already")
    host = Host(f"{PLANTED}_as_user")
    yield host
    host.stop()


@pytest.fixture
def host(planted_host: Host) -> Host:
    return planted_host


@pytest.fixture
def own_host() -> Iterator[Host]:
    """A host that a test may break."""
    host = Host(PLANTED)
    yield host
    host.stop()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can look into, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="quire-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def read(host: Host, place: Path) -> Callable[..., Parsed]:
    """Read a file that says what its reader does."""

    def read(deed: str, *arguments: object, progress=lambda *_: None, desk=BARE, kind=Kind.CSV, of=host, **more) -> Parsed:
        path = place / "file"
        path.write_text("\n".join((deed, *map(str, arguments))), encoding="utf-8")
        return read_confined(path, kind, progress, desk, host=of, **more)

    return read


@pytest.fixture
def is_empty(host: Host) -> Callable[..., bool]:
    """Tell whether the folders of all children are gone: a moment after the child itself."""

    def is_empty(of: Host = host) -> bool:
        folder = of.start().folder
        until = time.monotonic() + 30
        while any(folder.iterdir()) and time.monotonic() < until:
            time.sleep(0.005)
        return not any(folder.iterdir())

    return is_empty
