import re
import stat
import subprocess

import pytest
import yaml

from tests.docs.pages import ROOT

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OWN = ["web", "agents", "worker", "beat", "migrate"]
MAKE_SECRETS = ROOT / "config" / "compose" / "make-secrets.sh"


@pytest.fixture
def secrets(tmp_path):
    subprocess.run(["sh", MAKE_SECRETS, tmp_path / "made"], check=True, capture_output=True)
    return tmp_path / "made"


def test_it_runs_the_four_processes_the_migration_and_both_stores():
    assert sorted(SERVICES) == sorted([*OWN, "postgres", "valkey"])
    assert SERVICES["postgres"]["image"] == "pgvector/pgvector:pg18"
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:9")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert "privileged" not in service
    assert int(service["user"].partition(":")[0]) > 0


@pytest.mark.parametrize("name", OWN)
def test_quires_own_containers_run_as_a_user_above_1000(name):
    assert int(SERVICES[name]["user"].partition(":")[0]) > 1000


def test_what_serves_is_asked_for_its_health():
    asked = [name for name, service in SERVICES.items() if service.get("healthcheck", {}).get("test")]
    assert sorted(asked) == ["postgres", "valkey"]  # the web process has the image's own
    assert "healthcheck" not in SERVICES["web"]


def test_only_the_web_process_has_a_port_and_only_on_this_machine():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])
    assert COMPOSE["networks"]["state"]["internal"] is True
    assert [name for name in ("postgres", "valkey") if SERVICES[name]["networks"] != ["state"]] == []


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_password_stands_in_the_environment(name):
    environment = SERVICES[name].get("environment", {})
    secret = {key: value for key, value in environment.items() if re.search("PASSWORD|KEY|DATABASE_URL|REDIS_URL", key)}
    assert [key for key in secret if not key.endswith("_FILE")] == []
    mounted = {f"/run/secrets/{secret_name}" for secret_name in SERVICES[name].get("secrets", [])}
    assert set(secret.values()) <= mounted


def test_only_the_migration_gets_the_owners_address():
    holders = [name for name, service in SERVICES.items() if "owner_database_url" in service.get("secrets", [])]
    assert holders == ["migrate"]


def test_the_script_makes_every_secret_that_compose_reads(secrets):
    read = {entry["file"].removeprefix("./var/compose/") for entry in COMPOSE["secrets"].values()}
    made = {path.name for path in secrets.iterdir()}
    assert read <= made
    assert {name for service in SERVICES.values() for name in service.get("secrets", [])} == set(COMPOSE["secrets"])


def test_secrets_are_random_and_closed_to_others(secrets):
    passwords = [path.read_text(encoding="ascii") for path in secrets.glob("*_password")]
    assert len(set(passwords)) == len(passwords)
    assert min(map(len, passwords)) >= 32
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert (secrets / "app_password").read_text(encoding="ascii") in (secrets / "database_url").read_text(encoding="ascii")


def test_running_the_script_again_keeps_what_there_is(secrets):
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    subprocess.run(["sh", MAKE_SECRETS, secrets], check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before
