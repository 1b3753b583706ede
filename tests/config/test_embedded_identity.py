"""As root Postgres runs under another id: in a user namespace, as the data's owner, or as a system user."""

import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from config.embedded import EmbeddedError, identity
from tests.config.conftest import Place

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root has to lend another id")]


def owner_of_server(place) -> int:
    return Path(f"/proc/{place.postgres.find()}").stat().st_uid


def select_one(services):
    with psycopg.connect(services.database_url) as connection:
        return connection.execute("SELECT 1").fetchone()


@pytest.fixture
def open_folder():
    """A folder that others can reach, as /var/lib is and pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="quire-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def make_place(open_folder, make_place):
    """What runs is stopped before the open folder goes."""
    return make_place


@pytest.fixture
def without_namespaces(monkeypatch, open_folder):
    can_run = identity._can_run
    monkeypatch.setattr(identity, "_can_run", lambda options, *rest: options[0] != "--inner-id" and can_run(options, *rest))
    monkeypatch.setattr(identity, "SYSTEM_HOME", open_folder / "home")


def test_data_made_by_root_stays_roots_own(place):
    place.start()
    status = (place.var / "pg").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (0, 0o700)
    assert owner_of_server(place) == 0


def test_where_namespaces_are_refused_a_system_user_runs_it_in_a_folder_of_its_own(place, without_namespaces):
    assert select_one(place.start()) == (1,)
    nobody = pwd.getpwnam("nobody")
    assert owner_of_server(place) == nobody.pw_uid
    assert (place.var / "pg").resolve().is_relative_to(identity.SYSTEM_HOME)
    assert (place.var / "pg").stat().st_mode & 0o777 == 0o700
    place.kill_servers()
    assert select_one(place.start()) == (1,)
    place.stop()
    assert list(identity.SYSTEM_HOME.iterdir()) == []


def test_a_var_that_was_deleted_begins_empty(make_place, without_namespaces, tmp_path):
    place = make_place()
    services = place.start()
    place.keep()
    services.stop()
    shutil.rmtree(tmp_path / "var")
    assert select_one(make_place().start()) == (1,)
    assert len(list(identity.SYSTEM_HOME.glob("*/pg.left-*"))) == 1


def test_binaries_that_user_cannot_reach_are_copied(without_namespaces, open_folder, monkeypatch):
    nobody = pwd.getpwnam("nobody")
    can_run = identity._can_run
    monkeypatch.setattr(identity, "_can_run", lambda options, binaries, *rest: open_folder in binaries.parents and can_run(options, binaries, *rest))
    chosen = identity._as_user(open_folder / "var", nobody.pw_uid, nobody.pw_gid)
    assert chosen.binaries.is_relative_to(identity.SYSTEM_HOME)
    assert identity._as_user(open_folder / "var", nobody.pw_uid, nobody.pw_gid) == chosen


def test_data_made_in_a_namespace_moves_to_the_system_user(make_place, without_namespaces, monkeypatch):
    place = make_place()
    with monkeypatch.context() as patch:
        patch.setattr(identity, "_can_run", lambda *_: True)
        services = place.start()
    place.keep()
    services.stop()
    assert not (place.var / "pg").is_symlink()
    assert select_one(place.start()) == (1,)
    assert owner_of_server(place) == pwd.getpwnam("nobody").pw_uid


def test_root_uses_a_data_folder_of_somebody_else_as_that_user(open_folder):
    place = Place(open_folder / "var")
    (place.var / "run").mkdir(parents=True, mode=0o700)
    (place.var / "run" / "scratch").touch()
    services = place.start()
    place.keep()
    services.stop()
    nobody = pwd.getpwnam("nobody")
    for path in (place.var / "pg", *(place.var / "pg").rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    assert select_one(place.start()) == (1,)
    assert owner_of_server(place) == nobody.pw_uid
    place.stop()


def test_a_backup_put_back_where_its_user_cannot_go_moves_to_that_users_folder(place, without_namespaces):
    services = place.start()
    place.keep()
    services.stop()
    home = (place.var / "pg").resolve()
    (place.var / "pg").unlink()
    shutil.move(home, place.var / "pg")
    assert select_one(place.start()) == (1,)
    assert (place.var / "pg").is_symlink()


def test_without_any_user_to_be_it_says_so(place, without_namespaces, monkeypatch):
    monkeypatch.setattr(identity, "SYSTEM_USERS", ("no-such-user",))
    with pytest.raises(EmbeddedError, match="run Quire as an ordinary user"):
        place.start()
