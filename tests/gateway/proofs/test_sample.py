"""A sample of `make prove-gateway`, by the code of the proofs themselves, on one running product.

One test, for the order matters: after an outage nobody asks the model for a minute.
"""

import pytest

from tools.gateway import cuts, ledger, outage, refusals, stall


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_door_is_exact_about_money_and_honest_about_failure():
    with stall.scene_behind_proxy() as (scene, proxy):
        found = {
            "ledger": ledger.hold_against(scene, 80, seed=11),
            "cuts under the API": cuts.cut_the_api(scene, 8),
            "cuts under runs": cuts.cut_runs(scene, 4),
            "refusals": refusals.refuse(scene, 2),
            "redis": stall.stall(scene, proxy, 30),
            "outage": outage.go_down(scene, 120, callers=5, waits_for_recovery=False),
        }
    assert {name: result["problems"] for name, result in found.items()} == {name: [] for name in found}
    assert (found["ledger"]["tokens_off"], found["ledger"]["rows"] > 50) == (0, True)
    assert found["cuts under the API"]["errors"]["APIError"] >= 4
