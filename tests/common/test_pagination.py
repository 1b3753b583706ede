"""Pages of a list by cursor: every row once, whatever comes and goes meanwhile."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request

from apps.accounts.models import Workspace
from apps.common.errors import Malformed
from apps.common.pagination import CursorPages

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)


def make(name, minutes=0):
    workspace = Workspace.objects.create(name=name, slug=f"{name}-{Workspace.objects.count()}".lower())
    Workspace.objects.filter(pk=workspace.pk).update(created_at=START + timedelta(minutes=minutes))
    return workspace


@pytest.fixture
def page(rf):
    def read(ordering=("-created_at", "id"), **parameters):
        pages = CursorPages()
        sent = {name: value for name, value in parameters.items() if value is not None}
        rows = pages.paginate_queryset(Workspace.objects.order_by(*ordering), Request(rf.get("/", sent)))
        answer = pages.get_paginated_response([row.name for row in rows]).data
        return answer["results"], answer["next_cursor"], answer["previous_cursor"]

    return read


def read_on(page, cursor=None, **parameters):
    """All pages from here to the end."""
    found = []
    while True:
        results, cursor, _ = page(cursor=cursor, **parameters)
        found.append(results)
        if cursor is None:
            return found


def test_a_short_list_is_one_page(page):
    for number in range(3):
        make(f"w{number}", number)
    assert page() == (["w2", "w1", "w0"], None, None)


def test_an_empty_list_is_an_empty_page(page):
    assert page() == ([], None, None)


def test_it_reads_to_the_end_and_back(page):
    for number in range(7):
        make(f"w{number}", number)
    first, onward, before = page(limit=3)
    second, onward, back = page(limit=3, cursor=onward)
    third, end, back_again = page(limit=3, cursor=onward)
    assert (first, second, third, before, end) == (["w6", "w5", "w4"], ["w3", "w2", "w1"], ["w0"], None, None)
    assert page(limit=3, cursor=back_again)[0] == second
    again, _, beginning = page(limit=3, cursor=back)
    assert (again, beginning) == (first, None)


@pytest.mark.parametrize("ordering", [("-created_at", "id"), ("created_at",), ("-created_at",), ("-created_at", "-pk"), ("name",), ("-name", "created_at")])
def test_equal_values_neither_repeat_nor_skip_a_row(page, ordering):
    for number in range(11):
        make(f"w{number % 2}", number % 3)
    pages = read_on(page, limit=2, ordering=ordering)
    assert [len(one) for one in pages] == [2, 2, 2, 2, 2, 1]
    assert sorted(name for one in pages for name in one) == ["w0"] * 6 + ["w1"] * 5


def test_rows_that_come_and_go_move_nothing_else(page):
    kept = [make(f"w{number}", 0) for number in range(6)]
    first, onward, _ = page(limit=2)
    seen = [one for one in kept if one.name in first]
    Workspace.objects.filter(pk__in=[one.pk for one in seen]).delete()
    make("new", 10)
    rest = [name for one in read_on(page, limit=2, cursor=onward) for name in one]
    assert sorted(first + rest) == [f"w{number}" for number in range(6)]


def test_a_page_that_was_emptied_meanwhile_leads_back(page):
    for number in range(4):
        make(f"w{number}", number)
    _, onward, _ = page(limit=2)
    Workspace.objects.filter(name__in=["w0", "w1"]).delete()
    results, end, back = page(limit=2, cursor=onward)
    assert (results, end) == ([], None)
    assert page(limit=2, cursor=back)[0] == ["w3", "w2"]


def test_the_beginning_that_went_meanwhile_leads_on(page):
    for number in range(4):
        make(f"w{number}", number)
    _, onward, _ = page(limit=2)
    _, _, back = page(limit=2, cursor=onward)
    Workspace.objects.filter(name__in=["w2", "w3"]).delete()
    results, on, before = page(limit=2, cursor=back)
    assert (results, before) == ([], None)
    assert page(limit=2, cursor=on)[0] == ["w1", "w0"]


def test_it_asks_one_query_a_page(page, django_assert_num_queries):
    for number in range(5):
        make(f"w{number}", number)
    _, onward, _ = page(limit=2)
    with django_assert_num_queries(1):
        page(limit=2, cursor=onward)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "many", "", "²", "1e2", " 5", "99999999999999999999"])
def test_a_limit_is_a_number_up_to_200(page, limit):
    with pytest.raises(Malformed):
        page(limit=limit)


def test_the_limit_is_50_where_none_is_named(page):
    Workspace.objects.bulk_create(Workspace(name=f"w{number}", slug=f"w{number}") for number in range(201))
    assert (len(page()[0]), len(page(limit="200")[0])) == (50, 200)


def written(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


GOOD_ID = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ä",
        "!!!!",
        "A" * 2000,
        written(5),
        written([]),
        written({}),
        written("01"),
        written([2]),
        written(["0"]),
        written([[]]),
        written([0, "2026-01-01T00:00:00Z"]),
        written([0, "2026-01-01T00:00:00Z", GOOD_ID, "more"]),
        written([0, "2026-01-01T00:00:00", GOOD_ID]),
        written([0, "2026-01-01", GOOD_ID]),
        written([0, "0001-01-01T00:00:00+23:59", GOOD_ID]),
        written([0, "9999-12-31T23:59:59-23:59", GOOD_ID]),
        written([0, "yesterday", GOOD_ID]),
        written([0, "2026-13-01T00:00:00Z", GOOD_ID]),
        written([0, "2026-01-01T00:00:00Z", "no id"]),
        written([0, "2026-01-01T00:00:00Z", "\x00"]),
        written([0, None, GOOD_ID]),
        written([0, 5, GOOD_ID]),
        written([0, ["2026-01-01T00:00:00Z"], GOOD_ID]),
        "W" * 999,
    ],
)
def test_a_cursor_that_no_list_gave_is_malformed(page, cursor):
    with pytest.raises(Malformed):
        page(cursor=cursor)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+23:59"])
def test_the_ends_of_time_are_no_error(page, moment):
    make("w")
    page(cursor=written([0, moment, GOOD_ID]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(minutes=st.lists(st.integers(0, 3), max_size=12), limit=st.integers(1, 5))
def test_forwards_and_backwards_agree(page, minutes, limit):
    Workspace.objects.all().delete()
    for number, minute in enumerate(minutes):
        make(f"w{number}", minute)
    whole = page(limit=200)[0]
    cursor, forwards, pages = None, [], []
    while True:
        results, onward, _ = page(limit=limit, cursor=cursor)
        forwards += results
        pages.append(cursor)
        if onward is None:
            break
        cursor = onward
    assert forwards == whole
    backwards, cursor = page(limit=limit, cursor=pages[-1])[0], page(limit=limit, cursor=pages[-1])[2]
    while cursor is not None:
        results, _, cursor = page(limit=limit, cursor=cursor)
        backwards = results + backwards
    assert backwards == whole


def test_the_schema_says_what_is_answered():
    schema = CursorPages().get_paginated_response_schema({"type": "array"})
    assert set(schema["properties"]) == set(schema["required"]) == {"results", "next_cursor", "previous_cursor"}
