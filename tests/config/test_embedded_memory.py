"""How much memory the embedded Postgres takes, by its data and the machine."""

import pytest

from config.embedded import memory, service_urls
from config.embedded.memory import data_bytes, machine_bytes, memory_settings
from tests.config.test_embedded_services import ask

MB, GB = 1024**2, 1024**3


@pytest.fixture
def sized(monkeypatch):
    """The settings for so much data on a machine of so much memory."""

    def make(data, machine, folder=None):
        monkeypatch.setattr(memory, "data_bytes", lambda _folder: data)
        monkeypatch.setattr(memory, "machine_bytes", lambda: machine)
        return memory_settings(folder)

    return make


@pytest.mark.parametrize(
    ("data", "machine", "buffers"),
    [(0, 64 * GB, "64MB"), (40 * MB, 64 * GB, "64MB"), (1 * GB, 64 * GB, "1280MB"), (100 * GB, 64 * GB, "16384MB"), (1 * GB, 200 * MB, "64MB")],
)
def test_buffers_follow_the_data_up_to_a_quarter_of_the_machine(sized, data, machine, buffers):
    assert sized(data, machine)["shared_buffers"] == buffers


@pytest.mark.parametrize(
    ("machine", "cache", "maintenance"),
    [(256 * MB, "256MB", "128MB"), (4 * GB, "2048MB", "128MB"), (16 * GB, "8192MB", "512MB"), (256 * GB, "131072MB", "1024MB")],
)
def test_what_the_planner_expects_and_what_an_index_may_take_follow_the_machine(sized, machine, cache, maintenance):
    settings = sized(0, machine)
    assert (settings["effective_cache_size"], settings["maintenance_work_mem"]) == (cache, maintenance)
    assert settings["autovacuum_work_mem"] == "64MB"


@pytest.mark.parametrize(("said", "is_limit"), [("1048576\n", True), ("max\n", False), (str(1 << 62), False)])
def test_a_container_s_limit_counts_where_it_is_one(tmp_path, monkeypatch, said, is_limit):
    (tmp_path / "memory.max").write_text(said)
    monkeypatch.setattr(memory, "_LIMITS", (tmp_path / "memory.max", tmp_path / "none"))
    assert (machine_bytes() == 1048576) is is_limit
    assert machine_bytes() > 0


def test_data_is_what_lies_in_the_tables_folders(tmp_path):
    assert data_bytes(tmp_path / "none") == 0
    (tmp_path / "base" / "5").mkdir(parents=True)
    (tmp_path / "base" / "5" / "1259").write_bytes(bytes(3000))
    (tmp_path / "base" / "5" / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "pg_wal").mkdir()
    (tmp_path / "pg_wal" / "1").write_bytes(bytes(5000))
    assert data_bytes(tmp_path) == 3000


def test_a_server_without_data_takes_little(shared):
    assert ask(service_urls(shared.var).database_url, "SHOW shared_buffers") == ("64MB",)
