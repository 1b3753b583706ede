"""A run that an earlier process began goes on after the last node that was finished."""

import json

import pytest

from apps.chat.graph.build import build_agent, run_agent
from apps.chat.graph.keeping import load_state, passage_ids
from apps.chat.graph.saver import RunSaver
from tests.chat.graph.scene import Scene, passage

FIRST = {"question": "Where does Quire run?", "history": ()}
FOUND = passage(7, "Quire runs on Linux.", title="A secret title", evidence=0.9)
TEXT = "Quire runs on Linux. [1]"


@pytest.fixture
def scene():
    return Scene(answers=[[TEXT]], passages=[FOUND])


async def kept_of(scene):
    """All that a run keeps, in its order, as it stands in the database."""
    kept = []

    async def keep(one):
        kept.append(json.dumps(one))

    await run_agent(FIRST, scene.context(), RunSaver("run", keep))
    return [json.loads(one) for one in kept]


async def go_on(scene, kept):
    async def keep(one):
        pass

    state = {**FIRST, **load_state(kept["state"], {FOUND.id: FOUND})}
    return await run_agent(FIRST, scene.context(), RunSaver("run", keep, kept, state))


async def test_a_checkpoint_is_kept_after_each_node_but_the_last(scene):
    kept = await kept_of(scene)
    assert [sorted(one["state"]) for one in kept] == [
        ["needs_search", "queries", "query"],
        ["needs_search", "passages", "queries", "query"],
        ["calls", "draft", "needs_search", "passages", "queries", "query", "spent"],
        ["calls", "citations", "draft", "is_judged", "needs_search", "passages", "queries", "query", "sentences", "spent"],
    ]


async def test_a_checkpoint_holds_no_words_and_no_title_of_a_document(scene):
    for kept in await kept_of(scene):
        without_answer = json.dumps({**kept["state"], "draft": {**kept["state"].get("draft", {}), "text": ""}})
        assert FOUND.text not in without_answer
        assert FOUND.title not in without_answer
        assert FIRST["question"] not in json.dumps({**kept["state"], "query": "", "queries": []})


@pytest.mark.parametrize(("finished", "searches", "answers"), [(0, 1, 1), (1, 0, 1), (2, 0, 0), (3, 0, 0)])
async def test_a_finished_node_is_not_done_again(scene, finished, searches, answers):
    kept = (await kept_of(scene))[finished]
    again = Scene(answers=[[TEXT]], passages=[FOUND])
    outcome = await go_on(again, kept)
    assert (len(again.queries), len(again.calls)) == (searches, answers)
    assert outcome.text == TEXT
    (citation,) = outcome.citations
    assert (citation.passage, citation.support) == (FOUND, "supported")


@pytest.mark.parametrize("finished", [0, 1, 2, 3])
async def test_the_page_is_shown_the_whole_answer_of_the_new_attempt(scene, finished):
    kept = (await kept_of(scene))[finished]
    again = Scene(answers=[[TEXT]], passages=[FOUND])
    await go_on(again, kept)
    assert again.notebook.text == TEXT
    assert again.notebook.of("cited") == [(1, FOUND.id)]


async def test_finished_blocks_are_told_again_too():
    scene = Scene(answers=[[f"{TEXT}\n\n", "And so on."]], passages=[FOUND])
    kept = (await kept_of(scene))[2]
    again = Scene()
    await go_on(again, kept)
    assert again.notebook.of("blocks") == [(f"{TEXT}\n\n", "And so on.", [1])]


async def test_a_passage_that_is_gone_is_told(scene):
    kept = (await kept_of(scene))[1]
    assert passage_ids(kept["state"]) == {FOUND.id}
    with pytest.raises(KeyError):
        load_state(kept["state"], {})


async def test_a_graph_without_a_saver_keeps_nothing(scene):
    assert (await run_agent(FIRST, scene.context())).text == TEXT
    assert build_agent().checkpointer is None
