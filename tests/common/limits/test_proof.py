"""A sample of the proof that a limit is a limit, by the code of the proof itself; and that it would see one that is none."""

import pytest

from apps.common.limits import Verdict
from tools.prove_limits import Race, judge, main, prove


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True])
def test_calls_at_once_from_several_processes_get_exactly_what_the_buckets_hold(late):
    result = prove(seeds=2, late=late, calls=200)
    assert result["failures"] == []
    assert (result["ok"], result["races"], result["calls"], result["late"]) == (True, 4, 800, late)


@pytest.fixture
def outcome():
    """What a limiter without fault makes of a race, one call after another."""

    def make(kind):
        race = Race(kind, seed=3, calls=100)
        levels = {bucket.key: bucket.capacity for buckets in race.buckets() for bucket in buckets}
        verdicts = []
        for buckets in race.buckets():
            allowed = all(levels[bucket.key] >= bucket.cost for bucket in buckets)
            for bucket in buckets:
                levels[bucket.key] -= bucket.cost * allowed
            verdicts.append(Verdict(allowed, 0.0, ()))
        return race, verdicts, levels

    return make


def flip(verdicts, allowed):
    """The same verdicts, but for the first that is so."""
    number = next(number for number, verdict in enumerate(verdicts) if verdict.allowed is allowed)
    return [*verdicts[:number], Verdict(not allowed, 0.0, ()), *verdicts[number + 1 :]]


@pytest.mark.parametrize("kind", ["one", "several"])
def test_a_limiter_without_fault_is_found_to_be_so(outcome, kind):
    assert judge(*outcome(kind)) == ""


@pytest.mark.parametrize("kind", ["one", "several"])
def test_a_call_allowed_without_being_charged_is_seen(outcome, kind):
    race, verdicts, levels = outcome(kind)
    assert "taken and" in judge(race, flip(verdicts, False), levels)


@pytest.mark.parametrize("kind", ["one", "several"])
def test_a_call_refused_and_charged_is_seen(outcome, kind):
    race, verdicts, levels = outcome(kind)
    assert "taken and" in judge(race, flip(verdicts, True), levels)


def test_a_call_refused_for_nothing_is_seen(outcome):
    race, verdicts, levels = outcome("one")
    (key,) = levels
    assert "could have paid" in judge(race, flip(verdicts, True), {key: levels[key] + 1})


def test_a_call_that_the_server_did_not_decide_is_seen(outcome):
    race, verdicts, levels = outcome("several")
    assert "not decided by the server" in judge(race, [Verdict(True, 0.0, (), is_local=True), *verdicts[1:]], levels)


def test_all_processes_together_make_each_call_once():
    race = Race("several", seed=1, calls=10)
    together = [None] * 10
    for process in range(4):
        together[process::4] = race.share(process)
    assert together == race.buckets()


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_the_last_line_is_the_result_and_the_exit_code_tells_it(monkeypatch, capsys, ok, code):
    monkeypatch.setattr("sys.argv", ["prove_limits", "--seeds", "7", "--late"])
    monkeypatch.setattr("tools.prove_limits.prove", lambda seeds, late: {"seeds": seeds, "late": late, "ok": ok})
    assert main() == code
    assert capsys.readouterr().out == f'{{"seeds": 7, "late": true, "ok": {str(ok).lower()}}}\n'
