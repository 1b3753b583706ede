"""Each fault of `make test-faults` once, by the same code, on one running product."""

import pytest

from tools.faults.blows import BLOWS
from tools.faults.scene import running_scene
from tools.test_faults import do_faults, summary

# As many streams as two cores that do other things besides can carry.
STREAMS = 10


@pytest.mark.slow
@pytest.mark.timeout(420)
def test_an_answer_survives_each_fault_once():
    with running_scene(streams=STREAMS) as scene:
        found = summary(do_faults(scene, 1, BLOWS))
    assert found["problems"] == []
    assert (found["survived"], found["lost"], found["doubled"]) == (len(BLOWS), 0, 0)
