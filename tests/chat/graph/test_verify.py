"""Every sentence of an answer is held against what it cites."""

import asyncio

import numpy as np
import pytest

from apps.chat.graph import judging, likeness, phrases
from apps.gateway.errors import ProviderUnavailable
from tests.chat.graph.scene import Scene, Silence, passage
from tests.chat.graph.test_agent import ask

LINUX = passage(7, "Quire runs on Linux. It needs Python.", title="Handbook", page=3, document="d1")
LIMIT = passage(9, "The limit is 50 megabytes a file.", title="Limits", document="d2")
# In doubt by its words: some are shared, some are not.
DOUBTFUL = "Uploads may weigh 50 megabytes. [2]"


async def sentences_of(scene):
    return (await ask(scene)).trace["sentences"]


async def verdicts_of(answer, **fields):
    return [one["support"] for one in await sentences_of(Scene(answers=[[answer]], passages=[LINUX, LIMIT], **fields))]


async def test_each_sentence_has_its_place_score_verdict_and_what_judged_it():
    scene = Scene(answers=[["It needs Python. [1] Penguins are birds."]], passages=[LINUX])
    assert await sentences_of(scene) == [
        {"start": 0, "end": 20, "numbers": [1], "support": "supported", "score": 1.0, "by": "words"},
        {"start": 21, "end": 40, "numbers": [], "support": "unsupported", "score": 0.0, "by": "no_citation"},
    ]


async def test_an_answer_without_any_citation_is_unsupported_throughout():
    assert await verdicts_of("Quire runs on Windows. It is free.") == ["unsupported", "unsupported"]


@pytest.mark.parametrize(
    "said",
    [
        "## Where it runs",
        "**Systems**",
        "There are two ways:",
        "1.",
        "Which one do you mean?",
        "Hello.",
        "The passages do not say which version is needed.",
        "---",
        "| System | Version |\n|---|---|",
        "```\nuname -a\n```",
    ],
)
async def test_what_claims_nothing_is_not_judged(said):
    assert set(await verdicts_of(f"{said}\n\nIt needs Python. [1]")) == {"no_claim", "supported"}


async def test_a_row_of_a_table_is_held_against_what_it_cites():
    assert await verdicts_of("| Needs |\n|---|\n| It needs Python [1] |\n| It needs Rust [1] |") == ["no_claim", "no_claim", "supported", "weak"]


async def test_what_says_that_nothing_answers_claims_nothing():
    scene = Scene(answers=[[phrases.NO_ANSWER]], passages=[LINUX])
    assert {one["support"] for one in await sentences_of(scene)} == {"no_claim"}


async def test_small_talk_claims_nothing_about_the_library():
    scene = Scene(answers=[["Good day. You can ask about your documents."]], is_embedded=False)
    trace = (await ask(scene, "good morning")).trace
    assert {one["support"] for one in trace["sentences"]} == {"no_claim"}


async def test_a_number_that_the_passage_lacks_is_never_supported():
    assert await verdicts_of("The limit is 70 megabytes a file. [2]", embed=all_alike, verdicts=["supported"]) == ["weak"]


async def all_alike(texts):
    return np.ones((len(texts), 1), dtype=np.float32)


async def test_likeness_of_meaning_supports_what_is_said_in_other_words():
    assert await verdicts_of(DOUBTFUL) == ["weak"]
    scene = Scene(answers=[[DOUBTFUL]], passages=[LINUX, LIMIT], embed=all_alike)
    outcome = await ask(scene)
    (sentence,) = outcome.trace["sentences"]
    assert (sentence["support"], sentence["by"]) == ("supported", "meaning")
    assert [one.support for one in outcome.citations] == ["supported"]


async def test_vectors_are_asked_for_once_and_never_for_a_quote():
    asked = []

    async def embed(texts):
        asked.append(list(texts))
        return await all_alike(texts)

    await verdicts_of(f"{DOUBTFUL} It needs Python. [1] Uploads of 50 megabytes are fine. [2]", embed=embed)
    assert asked == [["Uploads may weigh 50 megabytes.", LIMIT.text, "Uploads of 50 megabytes are fine."]]
    await verdicts_of("It needs Python. [1]", embed=embed)
    assert len(asked) == 1


async def test_a_long_answer_costs_no_more_than_so_many_vectors():
    asked = []

    async def embed(texts):
        asked.append(texts)
        return await all_alike(texts)

    verdicts = await verdicts_of(" ".join(f"Sentence of some file number {n}. [2]" for n in range(100)), embed=embed)
    assert len(verdicts) == 100
    assert len(asked[0]) == likeness.TEXTS_MAX


async def test_a_source_cited_beside_others_is_graded_by_itself():
    scene = Scene(answers=[["The limit is 50 megabytes a file on Linux. [1][2]"]], passages=[LINUX, LIMIT], embed=all_alike)
    outcome = await ask(scene)
    assert [(one.passage.id, one.support) for one in outcome.citations] == [(7, "weak"), (9, "supported")]


async def never_embeds(texts):
    raise ProviderUnavailable


async def hangs(texts):
    await asyncio.Event().wait()


@pytest.mark.parametrize("embed", [never_embeds, hangs])
async def test_vectors_that_do_not_come_do_the_answer_no_harm(embed, monkeypatch):
    monkeypatch.setattr(likeness, "SECONDS_MAX", 0.01)
    assert await verdicts_of(DOUBTFUL, embed=embed) == ["weak"]


async def test_the_model_judges_only_what_is_in_doubt_in_one_call():
    scene = Scene(answers=[[f"{DOUBTFUL} It needs Python. [1] Penguins swim. [2]"]], passages=[LINUX, LIMIT], verdicts=["supported", "unsupported"])
    outcome = await ask(scene)
    told = [(one["support"], one["by"]) for one in outcome.trace["sentences"]]
    assert told == [("supported", "judge"), ("supported", "words"), ("unsupported", "judge")]
    ((messages, prompt, most_chars),) = scene.judged
    assert prompt == "verify.v1"
    assert "verify.v1" in outcome.trace["prompts"]
    assert most_chars < 200
    blocks = messages[1].content
    assert [block["number"] for block in blocks if block["type"] == "passage"] == [1]
    assert blocks[-1]["text"] == "Sentences:\n1. Uploads may weigh 50 megabytes. (cites passage 1)\n2. Penguins swim. (cites passage 1)"


async def test_the_judges_word_counts_for_the_source_too():
    scene = Scene(answers=[[DOUBTFUL]], passages=[LINUX, LIMIT], verdicts=["supported"])
    assert [one.support for one in (await ask(scene)).citations] == ["supported"]


async def test_what_is_supported_anyway_is_asked_of_nobody():
    scene = Scene(answers=[["It needs Python. [1] Penguins."]], passages=[LINUX], verdicts=["unsupported"])
    outcome = await ask(scene)
    assert scene.judged == []
    assert outcome.trace["prompts"] == ["answer.v1"]


@pytest.mark.parametrize("verdicts", [["yes"], ["weak", "weak"], [["weak"]], {"other": 1}, ProviderUnavailable("down"), Silence()])
async def test_a_judge_that_fails_or_says_anything_else_changes_nothing(verdicts, monkeypatch):
    monkeypatch.setattr(judging, "SECONDS_MAX", 0.01)
    assert await verdicts_of(DOUBTFUL, verdicts=verdicts) == ["weak"]


async def test_a_stop_does_not_wait_for_the_judge():
    silence = Silence()
    scene = Scene(answers=[[DOUBTFUL]], passages=[LINUX, LIMIT], verdicts=silence)
    asking = asyncio.create_task(ask(scene))
    await silence.reached.wait()
    scene.stop.set()
    outcome = await asyncio.wait_for(asking, 1)
    assert outcome.is_stopped
    assert [one["support"] for one in outcome.trace["sentences"]] == ["weak"]


async def test_the_judge_reads_no_more_than_so_many_sentences():
    scene = Scene(answers=[[" ".join(f"Some file or other, {word}. [2]" for word in "abcdefghijklmnopqrstu")]], passages=[LINUX, LIMIT], verdicts=["weak"] * 12)
    assert [one["by"] for one in await sentences_of(scene)].count("judge") == judging.SENTENCES_MAX
