"""A sample of `make prove-gateway`, by the code of the proofs themselves, on one running product."""

import pytest

from tools.gateway import cuts, ledger, outage, stall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def behind_proxy():
    with stall.scene_behind_proxy() as running:
        yield running


@pytest.fixture
def scene(behind_proxy):
    scene, _ = behind_proxy
    scene.upstream.reset()
    scene.upstream.set_defaults()
    return scene


def test_our_ledger_is_the_models_own(scene):
    result = ledger.hold_against(scene, 150, seed=11)
    assert (result["problems"], result["tokens_off"]) == ([], 0)
    assert result["rows"] > 100


def test_a_cut_stream_is_told_to_programs(scene):
    result = cuts.cut_the_api(scene, 8)
    assert result["problems"] == []
    assert result["errors"]["APIError"] >= 5


def test_a_cut_stream_is_made_whole_in_runs(scene):
    assert cuts.cut_runs(scene, 4)["problems"] == []


def test_a_silent_redis_holds_nobody_up(scene, behind_proxy):
    _, proxy = behind_proxy
    assert stall.stall(scene, proxy, 60)["problems"] == []


def test_a_model_that_is_down_is_left_alone(scene):
    """The last one: what it leaves is a model that nobody asks for a minute."""
    result = outage.go_down(scene, 200, callers=5, waits_for_recovery=False)
    assert result["problems"] == []
