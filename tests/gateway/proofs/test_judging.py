"""What the gateway's proofs call wrong, on outcomes made by hand: a proof that finds nothing has to be able to."""

import json

import httpx2
import openai
import pytest

from tools import bench_gateway
from tools.gateway import cuts, outage, refusals, stall
from tools.gateway.client import Address, Outcome, is_whole
from tools.gateway.cuts import Heard, offsets
from tools.gateway.ledger import SORTS, compare, plan
from tools.gateway.load import Load, run
from tools.gateway.script import events_of, words_of

FULL = "".join(words_of(cuts.TOKENS))
REQUEST = httpx2.Request("POST", "http://quire.example/v1/chat/completions")
IN_A_STREAM = openai.APIError("The answer broke off", REQUEST, body=None)
BEFORE_IT = openai.InternalServerError("No model can answer", response=httpx2.Response(503, request=REQUEST), body=None)


def books(rows, **said):
    spent = sum(row[1] + row[2] for row in rows)
    kept = [[*row, f"call/{number}"] for number, row in enumerate(rows)]
    return {"rows": kept, "held": 0, "spent_tokens": spent, "reserved_tokens": 0, "spent_money": "1.50", "money": "1.5", "logged": len(rows), **said}


def test_books_that_agree_are_right():
    upstream = [[1, "first", 1001, 7, "done"], [2, "first", 0, 0, "503"], [3, "second", 1003, 2, "cut"]]
    assert compare(upstream, books([["first", 1001, 7, False], ["second", 900, 3, True]]))["problems"] == []


@pytest.mark.parametrize(
    ("rows", "said", "words"),
    [
        ([], {}, "1008 tokens off: 1 rows missing, 0 too many"),
        ([["first", 1001, 8, False]], {}, "1009 tokens off"),
        ([["first", 1001, 7, False]] * 2, {}, "0 rows missing, 1 too many"),
        ([["first", 1001, 7, True]], {}, "1 estimated rows for 0 answers"),
        ([["first", 1001, 7, False]], {"spent_tokens": 5}, "the budget says 5 tokens, the rows 1008"),
        ([["first", 1001, 7, False]], {"spent_money": "2"}, "the budget says 2, the rows 1.5"),
        ([["first", 1001, 7, False]], {"held": 2}, "2 reservations and 0 tokens are still held"),
    ],
)
def test_books_that_differ_are_wrong(rows, said, words):
    problems = compare([[1, "first", 1001, 7, "done"]], books(rows, **said))["problems"]
    assert any(words in problem for problem in problems), problems


def test_the_same_seed_plans_the_same_calls_of_all_sorts():
    address = Address("http://127.0.0.1:1/v1", "key")
    planned = plan(address, 1000, seed=3)
    assert planned == plan(address, 1000, seed=3)
    assert {one.sort for one in planned} == set(SORTS)


@pytest.mark.parametrize("heard", [Heard(FULL, None), Heard(FULL[:9], IN_A_STREAM), Heard(FULL, IN_A_STREAM)])
def test_a_cut_that_is_told_is_right(heard):
    assert cuts.judge(heard) == ""


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        (Heard(FULL[:9], None), "nothing tells"),
        (Heard("Something else", IN_A_STREAM), "no prefix"),
        (Heard(FULL[:9], BEFORE_IT), "InternalServerError after 9"),
        (Heard("", IN_A_STREAM), "APIError before the first"),
        (Heard("", BEFORE_IT), "InternalServerError before the first"),
    ],
)
def test_a_cut_that_is_hidden_or_told_wrong_is_found(heard, words):
    assert words in cuts.judge(heard)


def test_the_places_of_cuts_reach_from_the_first_byte_to_the_last():
    events = events_of("first", words_of(4))
    places = offsets(50, events)
    assert (places[0], places[-1], len(set(places))) == (1, sum(map(len, events)) - 1, 50)


def outcome(status=503, ending="refused", seconds=0.01, body=b""):
    return Outcome(status, ending, seconds, seconds, body)


def test_a_refusal_is_in_shape_and_soon_or_it_is_wrong():
    body = json.dumps({"error": {"message": "No.", "type": "t", "param": None, "code": "c"}}).encode()
    assert refusals.judge([outcome(400, body=body)] * 3, 400) == ""
    assert "400 in the place of 401" in refusals.judge([outcome(400, body=body)], 401)
    assert "not in OpenAI's shape" in refusals.judge([outcome(400, body=b"<html>")], 400)
    assert "took 90 ms" in refusals.judge([outcome(400, seconds=0.09, body=body)] * 3, 400)


def test_an_outage_is_borne_well_or_not():
    assert outage.judge([outcome()] * 100, 100, 60.0)["problems"] == []
    problems = outage.judge([outcome()] * 99 + [outcome(200, "done")], 120, 80.0)["problems"]
    assert [problem.partition(" ")[0] for problem in problems] == ["1.20", "1", "not"]


def test_a_silent_redis_is_borne_well_or_not():
    good, slow = outcome(200, "done", body=b"[1] [1]"), outcome(200, "done", 3.0, b"[1] [1]")
    assert is_whole(good.body)
    assert stall.judge([good], [good] * 100, [good])["problems"] == []
    assert stall.judge([good], [slow] * 100, [good])["problems"] == ["p99 is 3.0 s"]
    problems = stall.judge([good], [good, outcome()], [outcome()])["problems"]
    assert problems == ["50.00% were answered", "1 calls were not answered while Redis was well"]


async def test_the_load_counts_what_was_answered_in_full(upstream):
    for stream in (False, True):
        told = await run(upstream.address, Load(callers=3, seconds=0.1, stream=stream))
        assert told["answered"] == len(upstream.ledger) > 3
        assert told["failed"] == 0
        assert told["per_s"] > 0
        upstream.ledger.clear()


async def test_the_load_tells_what_failed(upstream):
    upstream.control("/control/defaults", json.dumps({"status": 503}).encode())
    told = await run(upstream.address, Load(callers=1, seconds=0.05))
    assert (told["answered"], told["failure"][:11]) == (0, "503 refused")


def test_goals_are_compared_by_what_is_better():
    good = {"added_p50_ms": 6.0, "requests_per_s_50": 150.0, "streams_per_s_50": 60.0, "rss_mb": 250.0}
    assert bench_gateway.missed(good) == []
    bad = {"added_p50_ms": 6.1, "requests_per_s_50": 149.0, "streams_per_s_50": 59.0, "rss_mb": 251.0}
    assert bench_gateway.missed(bad) == list(good)
