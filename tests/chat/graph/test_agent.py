import asyncio

import pytest

from apps.chat.graph import phrases
from apps.chat.graph.build import run_agent
from apps.chat.graph.context import Turn
from apps.chat.graph.evidence import THRESHOLD
from apps.gateway.errors import ProviderUnavailable
from tests.chat.graph.scene import Scene, Silence, passage

LINUX = passage(7, "Quire runs on Linux. It needs Python.", title="Handbook", page=3, document="d1")
LIMIT = passage(9, "The limit is 50 megabytes a file.", title="Limits", document="d2")


async def ask(scene, question="Where does Quire run?", history=()):
    return await run_agent({"question": question, "history": history}, scene.context())


async def test_an_answer_streams_with_citations_in_order_of_appearance():
    scene = Scene(answers=[["The limit is 50 megabytes a file. [", "2] Quire runs on Linux. [1]"]], passages=[LINUX, LIMIT])
    outcome = await ask(scene)
    assert outcome.text == scene.notebook.text == "The limit is 50 megabytes a file. [1] Quire runs on Linux. [2]"
    assert [(one.number, one.passage.id, one.support) for one in outcome.citations] == [(1, 9, "supported"), (2, 7, "supported")]
    assert scene.notebook.of("cited") == [(1, 9), (2, 7)]
    assert not outcome.is_stopped


async def test_a_citation_has_the_span_of_its_words():
    scene = Scene(answers=[["It needs Python. [1]"]], passages=[LINUX])
    (citation,) = (await ask(scene)).citations
    assert LINUX.text[citation.start : citation.end] == "It needs Python."


async def test_a_source_cited_by_several_sentences_keeps_its_best_words():
    scene = Scene(answers=[["Penguins. [1] It needs Python. [1] Perhaps Python it is. [1]"]], passages=[LINUX])
    outcome = await ask(scene)
    assert LINUX.text[outcome.citations[0].start : outcome.citations[0].end] == "It needs Python."
    assert [one["support"] for one in outcome.trace["sentences"]] == ["unsupported", "supported", "weak"]


async def test_an_index_in_code_is_no_citation():
    scene = Scene(answers=[["Write `rows[9]`. It needs Python. [1]"]], passages=[LINUX])
    outcome = await ask(scene)
    assert outcome.text == "Write `rows[9]`. It needs Python. [1]"
    assert outcome.trace["dropped_citation_count"] == 0
    assert [one["numbers"] for one in outcome.trace["sentences"]] == [[], [1]]


async def test_a_citation_that_no_sentence_carries_spans_its_passage():
    scene = Scene(answers=[["[1]"]], passages=[LINUX])
    (citation,) = (await ask(scene)).citations
    assert (citation.start, citation.end, citation.support) == (0, len(LINUX.text), "weak")


async def test_stages_tell_what_is_happening():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX, LIMIT, passage(8, "x", document="d2")])
    await ask(scene)
    assert scene.notebook.of("stage") == [
        ("searching", "Searching"),
        ("reading", "Reading 3 passages from 2 documents"),
        ("checking", "Checking the sources"),
    ]


async def test_one_passage_of_one_document_is_said_in_the_singular():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene)
    assert ("reading", "Reading 1 passage from 1 document") in scene.notebook.of("stage")


async def test_the_model_gets_typed_passages_and_the_question():
    scene = Scene(answers=[["Yes. [1]"]], passages=[passage(7, "As in [12].", title="Paper", page=3)])
    await ask(scene)
    system, user = scene.calls[0]
    assert system.role == "system"
    assert user.content == [
        {"type": "text", "text": "Where does Quire run?"},
        {"type": "passage", "number": 1, "title": "Paper", "place": "page 3", "text": "As in (12)."},
    ]


async def test_what_points_to_nothing_is_dropped_and_counted():
    scene = Scene(answers=[["Quire runs on Linux. [1][5]"]], passages=[LINUX])
    outcome = await ask(scene)
    assert outcome.text == "Quire runs on Linux. [1]"
    assert outcome.trace["dropped_citation_count"] == 1


async def test_an_unanswered_question_names_the_nearest_documents_and_cites_nothing():
    scene = Scene(answers=[[phrases.NO_ANSWER]], passages=[LINUX, LIMIT, LINUX])
    outcome = await ask(scene)
    assert outcome.text == f"{phrases.NO_ANSWER}\n\nThe nearest documents are **Handbook** and **Limits**."
    assert outcome.citations == ()


async def test_an_empty_library_is_said_plainly_without_asking_a_model():
    scene = Scene()
    outcome = await ask(scene)
    assert outcome.text == phrases.NO_ANSWER
    assert scene.calls == []


@pytest.mark.parametrize("is_embedded", [True, False])
async def test_passages_that_fit_too_little_are_named_and_no_model_is_asked(is_embedded):
    far = passage(7, "Quire runs on Linux.", score=0.2, evidence=0.2)
    scene = Scene(passages=[far], is_embedded=is_embedded)
    outcome = await ask(scene, "Who won the cup?")
    assert outcome.text == f"{phrases.NO_ANSWER}\n\nThe nearest document is **Handbook**."
    assert scene.calls == []
    assert outcome.trace["evidence"] == {"score": 0.2, "threshold": THRESHOLD}
    assert outcome.trace["passages"] == [{"id": 7, "score": 0.2, "fate": "below_threshold"}]
    assert {one["support"] for one in outcome.trace["sentences"]} == {"no_claim"}


async def test_a_score_of_which_nobody_knows_what_it_says_refuses_nothing():
    scene = Scene(answers=[["It needs Python. [1]"]], passages=[passage(7, "It needs Python.", score=0.2), passage(8, "Other.", score=0.1, evidence=0.1)])
    outcome = await ask(scene)
    assert outcome.text == "It needs Python. [1]"
    assert outcome.trace["evidence"] == {"score": None, "threshold": THRESHOLD}


async def test_the_trace_tells_what_became_of_each_passage():
    scene = Scene(answers=[["It needs Python. [1]"]], passages=[LINUX, LIMIT])
    assert [one["fate"] for one in (await ask(scene)).trace["passages"]] == ["cited", "not_cited"]


async def test_the_trace_tells_how_long_each_step_took():
    steps = (await ask(Scene(answers=[["It needs Python. [1]"]], passages=[LINUX]))).trace["steps"]
    assert [one["step"] for one in steps] == ["understand", "retrieve", "answer", "verify"]
    assert all(one["took_ms"] > 0 for one in steps)


async def test_the_trace_holds_no_text_of_a_document():
    scene = Scene(answers=[["Quire runs on Linux. [1]"]], passages=[LINUX])
    trace = (await ask(scene)).trace
    assert trace["passages"] == [{"id": 7, "score": 0.8, "fate": "cited"}]
    assert trace["prompts"] == ["answer.v1"]
    assert (trace["input_tokens"], trace["output_tokens"]) == (100, 10)
    assert "Linux" not in str(trace)


async def test_finished_blocks_are_offered_as_the_answer_grows():
    scene = Scene(answers=[["Quire runs on Linux. [1]\n\n", "It needs", " Python. [1]\n\nEnd."]], passages=[LINUX], seconds_a_look=1)
    await ask(scene)
    assert scene.notebook.of("blocks") == [
        ("Quire runs on Linux. [1]\n\n", "It needs", [1]),
        ("It needs Python. [1]\n\n", "End.", [1]),
    ]


async def test_blocks_are_offered_at_most_five_times_a_second():
    scene = Scene(answers=[["a\n\nb", "\n\nc", "\n\nd", "\n\ne"]], passages=[LINUX], seconds_a_look=0.125)
    await ask(scene)
    assert [blocks[0] for blocks in scene.notebook.of("blocks")] == ["a\n\n", "b\n\nc\n\n"]


@pytest.mark.parametrize(("question", "reply"), [("Hello there!", phrases.GREETING), ("hi", phrases.GREETING), ("Thank you very much.", phrases.WELCOME)])
async def test_small_talk_needs_no_search_and_no_model(question, reply):
    scene = Scene(passages=[LINUX])
    assert (await ask(scene, question)).text == reply
    assert scene.queries == []
    assert scene.calls == []


async def test_a_connected_model_answers_small_talk_itself():
    scene = Scene(answers=[["Good day. [1]"]], is_embedded=False)
    outcome = await ask(scene, "good morning")
    assert outcome.text == "Good day."
    assert outcome.trace["prompts"] == ["small_talk.v1"]


async def test_a_question_that_only_begins_like_small_talk_is_searched():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene, "Hello world programs: where are they?")
    assert scene.queries == ["Hello world programs: where are they?"]


async def test_a_follow_up_takes_the_earlier_questions_words_along():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene, "And on Windows?", history=(Turn("What is a leaf?", "A page. [1]"), Turn("Where does Quire run on a server?", "On Linux. [1]")))
    assert scene.queries == ["Where does Quire run on a server? And on Windows?"]


async def test_a_follow_up_to_a_follow_up_reaches_back_further():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene, "Why?", history=(Turn("Where does Quire run on a server?", "On Linux."), Turn("Is it free?", "Yes.")))
    assert scene.queries == ["Where does Quire run on a server? Is it free? Why?"]


async def test_a_question_that_stands_alone_is_left_as_it_is():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene, "How large may an uploaded file be?", history=(Turn("Where does Quire run?", "On Linux."),))
    assert scene.queries == ["How large may an uploaded file be?"]


async def test_a_connected_model_rewrites_a_follow_up():
    scene = Scene(answers=[['"Does Quire run\n', 'on Windows?"'], ["No. [1]"]], passages=[LINUX], is_embedded=False)
    outcome = await ask(scene, "And on Windows?", history=(Turn("Where does Quire run?", "On Linux. [1]"),))
    assert scene.queries == ["Does Quire run on Windows?"]
    assert "On Linux.\n" in scene.calls[0][1].content
    assert outcome.trace["prompts"] == ["answer.v1", "follow_up.v2"]


async def test_a_model_that_rewrites_to_nothing_leaves_the_question():
    scene = Scene(answers=[[" "], ["No. [1]"]], passages=[LINUX], is_embedded=False)
    await ask(scene, "And on Windows?", history=(Turn("Where does Quire run?", "On Linux. [1]"),))
    assert scene.queries == ["And on Windows?"]


async def test_earlier_answers_are_told_without_their_marks():
    scene = Scene(answers=[["Yes. [1]"]], passages=[LINUX])
    await ask(scene, "How large may an uploaded file be?", history=(Turn("Where does Quire run?", "On Linux. [3]"),))
    assert [(message.role, message.content) for message in scene.calls[0][1:3]] == [("user", "Where does Quire run?"), ("assistant", "On Linux.")]


async def test_a_providers_failure_passes_through_and_closes_the_stream():
    scene = Scene(answers=[["Quire ", ProviderUnavailable("The model does not answer.")]], passages=[LINUX])
    with pytest.raises(ProviderUnavailable):
        await ask(scene)
    assert scene.closed_count == 1
    assert scene.notebook.text == "Quire "


async def test_a_stop_keeps_what_was_written_and_closes_the_providers_stream():
    never = Silence()
    scene = Scene(answers=[["Quire runs on Linux. [1] And", never]], passages=[LINUX])
    asking = asyncio.create_task(ask(scene))
    await never.reached.wait()
    scene.stop.set()
    outcome = await asyncio.wait_for(asking, 1)
    assert outcome.is_stopped
    assert outcome.text == "Quire runs on Linux. [1] And"
    assert [one.number for one in outcome.citations] == [1]
    assert scene.closed_count == 1


async def test_a_stop_during_the_search_ends_without_an_answer():
    scene = Scene(passages=[LINUX])
    reached = asyncio.Event()

    async def search_for_ever(query, limit):
        reached.set()
        await asyncio.Event().wait()

    scene.search = search_for_ever
    asking = asyncio.create_task(ask(scene))
    await reached.wait()
    scene.stop.set()
    outcome = await asyncio.wait_for(asking, 1)
    assert (outcome.text, outcome.is_stopped) == ("", True)


async def test_a_stop_after_no_answer_names_nothing_more():
    scene = Scene(answers=[[phrases.NO_ANSWER]], passages=[LINUX])
    scene.stop.set()
    assert (await ask(scene)).text == ""


async def test_a_stop_while_a_follow_up_is_rewritten_asks_nothing_more():
    never = Silence()
    scene = Scene(answers=[[never]], passages=[LINUX], is_embedded=False)
    asking = asyncio.create_task(ask(scene, "And on Windows?", history=(Turn("Where does Quire run?", "On Linux."),)))
    await never.reached.wait()
    scene.stop.set()
    outcome = await asyncio.wait_for(asking, 1)
    assert outcome.is_stopped
    assert len(scene.calls) == scene.closed_count == 1
