"""A question that asks several things is searched once for each."""

import pytest

from apps.chat.graph.build import run_agent
from apps.chat.graph.context import Turn
from apps.chat.graph.nodes.retrieve import PARTS_PASSAGE_COUNT, merge
from apps.chat.graph.nodes.understand import split_question
from tests.chat.graph.scene import Scene, passage


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Where does Quire run?", ["Where does Quire run?"]),
        ("linux", ["linux"]),
        ("Where does Quire run? How large may files be?", ["Where does Quire run?", "How large may files be?"]),
        ("Where does Quire run, and who pays it?", ["Where does Quire run", "Where does Quire run and who pays it?"]),
        ("What is the notice period and how long is the probation period?", ["What is the notice period", "how long is the probation period?"]),
        ("What is A? Is B so? Where lies the city of C?", ["What is A?", "What is A? Is B so?", "Where lies the city of C?"]),
        ("What is one? What is two? What is three? What is four?", ["What is one? What is two? What is three? What is four?"]),
        ("Tell me of the rules and what the fees are", ["Tell me of the rules and what the fees are"]),
        ("I moved last week. What is the notice period?", ["I moved last week. What is the notice period?"]),
        ("Really? Yes.", ["Really? Yes."]),
    ],
)
def test_a_question_mark_or_a_question_word_begins_another_part(question, parts):
    assert list(split_question(question)) == parts


async def test_each_part_is_searched_for_and_no_part_takes_anothers_places():
    scene = Scene(answers=[["Yes. [1]"]], is_embedded=False)
    found = {
        "Where does Quire run?": [passage(number, "a") for number in range(1, 9)],
        "How large may files be?": [passage(number, "b") for number in (3, 20, 21)],
    }

    async def search(query, limit):
        scene.queries.append(query)
        return found[query][:limit]

    scene.search = search
    outcome = await run_agent({"question": "Where does Quire run? How large may files be?"}, scene.context())
    assert sorted(scene.queries) == sorted(found)
    assert [one["id"] for one in outcome.trace["passages"]] == [1, 3, 2, 20, 21, 4, 5, 6, 7, 8]
    assert outcome.trace["queries"] == list(found)
    assert outcome.trace["query"] == "Where does Quire run? How large may files be?"


async def test_all_parts_together_have_so_many_passages():
    scene = Scene(answers=[["Yes. [1]"]], is_embedded=False)

    async def search(query, limit):
        return [passage(number, "a") for number in range(1 if "run" in query else 100, 1000)][:limit]

    scene.search = search
    outcome = await run_agent({"question": "Where does Quire run? How large may files be?"}, scene.context())
    assert len(outcome.trace["passages"]) == PARTS_PASSAGE_COUNT


async def test_the_embedded_model_gets_the_question_as_it_is():
    scene = Scene(answers=[["Yes. [1]"]], passages=[passage(1, "a")])
    await run_agent({"question": "Where does Quire run? How large may files be?"}, scene.context())
    assert scene.queries == ["Where does Quire run? How large may files be?"]


async def test_what_a_model_made_of_a_follow_up_is_split_too():
    scene = Scene(answers=[["Does Quire run on Windows?\n", "What does the licence cost?"], ["No. [1]"]], passages=[passage(1, "a")], is_embedded=False)
    await run_agent({"question": "And on Windows, and the price?", "history": (Turn("Where does Quire run?", "On Linux."),)}, scene.context())
    assert scene.queries == ["Does Quire run on Windows?", "What does the licence cost?"]
    assert len(scene.calls) == 2


async def test_a_follow_up_is_understood_with_the_summary():
    scene = Scene(answers=[["Does Quire run on Windows?"], ["No. [1]"]], passages=[passage(1, "a")], is_embedded=False)
    state = {"question": "And on Windows?", "summary": "They spoke of Quire.", "history": (Turn("Where does it run?", "On Linux."),)}
    await run_agent(state, scene.context())
    assert scene.calls[0][1].content.startswith("In short, before: They spoke of Quire.\n\nQuestion: Where does it run?")


def test_of_lists_that_share_a_passage_it_is_there_once_at_its_best_place():
    one, two = passage(1, "a", score=0.9), passage(2, "b", score=0.5)
    assert merge([[two], [one, two]]) == (one, two)
    assert merge([]) == ()
