"""Starting, sharing, stopping and mending the embedded services, with real servers."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import EmbeddedError, Wanted, ensure_services, scratch_services, service_urls
from config.embedded.folders import locked
from config.embedded.processes import is_alive
from config.embedded.sharing import LOCK, USERS, discard_scratch
from tests.config.conftest import wait_for

slow = pytest.mark.slow


def ask(url: str, query: str):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()


def test_both_answer_at_the_addresses_that_were_known_before(shared):
    urls = service_urls(shared.var)
    assert ask(urls.database_url, "SELECT current_user::text, current_database()::text") == ("quire_app", "quire")
    assert ask(urls.owner_database_url, "SELECT current_user::text") == ("quire_owner",)
    assert redis.Redis.from_url(urls.redis_url).ping()


def test_a_second_user_finds_them_running(shared):
    services = ensure_services(shared.var)
    assert not services.started
    services.stop()
    assert shared.pids()


def test_it_listens_on_sockets_only(shared):
    assert ask(service_urls(shared.var).database_url, "SHOW listen_addresses") == ("",)
    assert redis.Redis.from_url(service_urls(shared.var).redis_url).config_get("port") == {"port": "0"}


def test_nothing_in_the_redis_server_is_written_to_disk(shared):
    settings = redis.Redis.from_url(service_urls(shared.var).redis_url).config_get("save", "appendonly")
    assert settings == {"save": "", "appendonly": "no"}


def test_folders_are_closed_and_secrets_readable_by_their_owner_only(shared):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in shared.var.iterdir()}
    assert modes == dict.fromkeys(("run", "log", "secrets", "pg", "redis"), 0o700)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (shared.var / "secrets").iterdir()} == {0o600}
    assert stat.S_IMODE(shared.postgres.sockets.stat().st_mode) == 0o700


def test_a_wrong_password_is_refused(shared):
    address = psycopg.conninfo.make_conninfo(service_urls(shared.var).database_url, password="guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


@slow
def test_parents_keep_their_modes(tmp_path, make_place):
    outer = tmp_path / "outer"
    outer.mkdir()
    outer.chmod(0o750)
    place = make_place("outer/inner/var")
    place.var.parent.chmod(0o711)
    place.start()
    assert (stat.S_IMODE(outer.stat().st_mode), stat.S_IMODE(place.var.parent.stat().st_mode)) == (0o750, 0o711)


@slow
def test_a_path_longer_than_a_socket_may_have_works(make_place):
    place = make_place("/".join(["a folder whose name is quite long"] * 5))
    assert ask(place.start().database_url, "SELECT 1") == (1,)
    assert len(str(place.valkey.socket)) < 107


@slow
def test_they_stop_with_their_last_user_and_keep_what_was_written(place):
    first, second = place.start(), place.start()
    place.keep()
    ask_owner(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    first.stop()
    first.stop()
    assert ask(second.database_url, "SELECT n FROM kept") == (7,)
    second.stop()
    assert place.pids() == []
    assert ask(place.start().database_url, "SELECT n FROM kept") == (7,)


@slow
def test_a_user_that_is_killed_leaves_nothing_running(place):
    child = place.run("ensure_services(var); print('up', flush=True); time.sleep(60)")
    assert child.stdout.readline() == "up\n"
    assert len(place.pids()) > 1
    child.kill()
    child.wait()
    assert wait_for(lambda: not place.pids())
    assert wait_for(lambda: not place.var.exists())


@slow
def test_two_starters_at_once_share_one_set_of_servers(place):
    code = "s = ensure_services(var); print(s.started, flush=True); sys.stdin.readline(); s.stop()"
    children = [place.run(code) for _ in range(2)]
    assert sorted(child.stdout.readline() for child in children) == ["False\n", "True\n"]
    for child in children:
        child.communicate("\n", timeout=20)
    assert place.pids() == []


@slow
def test_it_recovers_after_both_servers_were_killed(make_place):
    place = make_place(scratch=False)
    services = place.start()
    ask_owner(services, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    with psycopg.connect(services.database_url):
        place.kill_servers()
    again = place.start()
    assert again.started
    assert ask(again.database_url, "SELECT n FROM kept") == (7,)
    assert redis.Redis.from_url(again.redis_url).ping()


@slow
def test_a_pid_file_that_names_a_stranger_is_no_obstacle(place):
    place.start()
    place.kill_servers()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file = place.var / "pg" / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n" + pid_file.read_text().partition("\n")[2])
        place.valkey.pid_file.write_text(str(stranger.pid))
        assert place.start().started
        assert stranger.poll() is None
        stranger.kill()


@slow
def test_a_server_whose_socket_was_removed_is_started_again(place):
    before = place.start()
    (place.postgres.sockets / ".s.PGSQL.5432").unlink()
    place.valkey.socket.unlink()
    assert place.start().started
    assert ask(before.database_url, "SELECT 1") == (1,)


@slow
def test_servers_whose_folders_were_removed_are_stopped_all_the_same(place):
    services = place.start()
    pids = place.pids()
    shutil.rmtree(place.var / "pg")
    shutil.rmtree(place.var / "redis")
    services.stop()
    assert [pid for pid in pids if is_alive(pid)] == []


@slow
def test_a_half_made_data_folder_is_made_again(place):
    (place.var / "pg.new").mkdir()
    (place.var / "pg.new" / "PG_VERSION").write_text("18")
    (place.var / "pg").mkdir(mode=0o700)
    assert ask(place.start().database_url, "SELECT 1") == (1,)


@slow
def test_a_lost_password_of_a_role_is_made_anew(place):
    place.start()
    (place.var / "secrets" / "postgres_quire_app").unlink()
    again = place.start()
    assert ask(again.database_url, "SELECT current_user::text") == ("quire_app",)
    (place.var / "secrets" / "postgres_postgres").unlink()
    (place.var / "run" / "roles").unlink()
    with pytest.raises(EmbeddedError, match="do not open"):
        place.start()


def test_only_what_is_wanted_runs(place):
    services = place.start(wanted=Wanted(postgres=False))
    assert redis.Redis.from_url(services.redis_url).ping()
    assert not (place.var / "pg").exists()


def test_a_killed_redis_server_is_replaced(place):
    place.start(wanted=Wanted(postgres=False))
    os.kill(place.valkey.find(), signal.SIGKILL)
    assert wait_for(lambda: not place.pids())
    assert place.start(wanted=Wanted(postgres=False)).started


def test_a_copied_var_gets_sockets_of_its_own(make_place):
    original, copy = make_place("one"), make_place("two")
    sockets = original.postgres.sockets
    (copy.var / "run" / "sockets").write_text(str(sockets))
    assert copy.postgres.sockets != sockets


def test_another_runtime_folder_finds_the_noted_sockets(place, tmp_path, monkeypatch):
    sockets = place.postgres.sockets
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert place.postgres.sockets == sockets


def test_a_socket_folder_that_others_may_enter_is_not_used(place):
    sockets = place.postgres.sockets
    sockets.chmod(0o777)
    assert place.postgres.sockets != sockets
    sockets.rmdir()


def test_a_long_log_is_put_aside_at_the_next_start(place):
    (place.var / "log").mkdir(mode=0o700)
    place.valkey.log.write_bytes(b"x" * 6_000_000)
    place.start(wanted=Wanted(postgres=False))
    assert place.valkey.log.stat().st_size < 10_000
    assert stat.S_IMODE(place.valkey.log.stat().st_mode) == 0o600


def test_scratch_services_go_with_their_folder():
    services = scratch_services(Wanted(postgres=False))
    assert services.var.exists()
    services.stop()
    assert not services.var.exists()


def test_who_waits_while_the_last_user_takes_a_scratch_var_away_starts_in_a_new_one(place):
    ready = "s = ensure_services(var, Wanted(postgres=False), is_scratch=True); print(s.started, flush=True); sys.stdin.readline(); s.stop()"
    with locked(place.var / LOCK):
        child = place.run(f"from config.embedded import Wanted; print('asks', flush=True); {ready}")
        assert child.stdout.readline() == "asks\n"
        assert wait_for(lambda: is_waiting_for_a_lock(child.pid))
        discard_scratch(place.var)
    assert child.stdout.readline() == "True\n"
    assert wait_for(lambda: (place.var / USERS).exists())
    child.communicate("\n", timeout=20)
    assert not place.var.exists()


def is_waiting_for_a_lock(pid: int) -> bool:
    return any("->" in line and f" {pid} " in line for line in Path("/proc/locks").read_text().splitlines())


def test_a_forked_child_does_not_stop_its_parents_services(place):
    services = place.start(wanted=Wanted(postgres=False))
    services._process -= 1
    services.stop()
    assert place.pids()
    services._process += 1


@pytest.mark.parametrize("program", ["no-such-server", "false"])
def test_a_redis_server_that_cannot_start_is_one_clear_line(place, monkeypatch, program):
    monkeypatch.setenv("REDIS_SERVER", program)
    with pytest.raises(EmbeddedError, match=r"^(REDIS_SERVER names no program|Valkey did not start).*") as caught:
        place.start(wanted=Wanted(postgres=False))
    assert "\n" not in str(caught.value)


def test_a_machine_without_wheels_is_sent_to_compose(place, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(EmbeddedError, match=r"riscv64.*compose.yaml"):
        place.start()


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "var").write_text("a file")
    with pytest.raises(EmbeddedError, match="cannot make"):
        ensure_services(tmp_path / "var")


def ask_owner(services, statements: str) -> None:
    with psycopg.connect(services.owner_database_url, autocommit=True) as connection:
        connection.execute(statements)
