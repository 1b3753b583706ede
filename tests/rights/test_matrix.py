"""Every route and method × everybody × every kind of object, on real rows, as `expected.csv` says and not otherwise."""

import pytest
from asgiref.sync import sync_to_async

from apps.chat import openai_models
from apps.chat.api import views as query_views
from apps.common import db
from tests.rights import calls, table
from tests.rights.world import PRINCIPALS, make_world

ROWS, MISSING = calls.list_rows()
AREAS = list(dict.fromkeys(calls.area_of(row) for row in ROWS))
_proposed: table.Table = {}


@pytest.fixture
def world(settings, monkeypatch):
    for name in [name for name in dir(settings) if name.startswith("QUIRE_LIMIT_")]:
        setattr(settings, name, 1_000_000)
    settings.ACCOUNT_RATE_LIMITS = False
    # Nobody answers here: who may ask is told so at once, by 504.
    monkeypatch.setattr(query_views, "WAIT_SECONDS", 0)
    monkeypatch.setattr(openai_models, "WAIT_SECONDS", 0)
    # What is asked of the database stays on the test's own connection, with its transaction on it.
    monkeypatch.setattr(db, "database_sync_to_async", lambda work, **options: sync_to_async(work))
    return make_world()


def test_every_route_says_how_it_is_called():
    assert MISSING == []


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.timeout(600)
@pytest.mark.parametrize("area", AREAS)
def test_what_comes_of_each_call_is_in_the_table(area, world, rights):
    got: table.Table = {}
    absent: dict[tuple[str, str], set[bytes]] = {}
    for number, row in enumerate(row for row in ROWS if calls.area_of(row) == area):
        for kind in row.kinds:
            for principal in rights.some(PRINCIPALS, number):
                status, body = calls.call_row(world, row, kind, principal)
                got.setdefault((row.name, row.method, kind), {})[principal] = status
                if status == "404":
                    absent.setdefault((f"{row.method} {row.name}", principal), set()).add(body)
    assert [call for call, bodies in absent.items() if len(bodies) > 1] == []
    rights.judge(got)


def test_no_line_of_the_table_is_about_a_call_that_is_gone(rights):
    if rights.is_writing:
        pytest.skip("the table is just being written")
    known = {(row.name, row.method, kind) for row in ROWS for kind in row.kinds}
    assert [key for key in table.read_table() if key not in known and key[0] not in {"socket", "tool"}] == []
