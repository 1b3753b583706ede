"""Hold every sentence of the answer against what it cites, and find the very words that back it."""

from langgraph.runtime import Runtime

from apps.chat.graph import phrases
from apps.chat.graph.context import AgentContext, FoundPassage
from apps.chat.graph.sentences import AnswerSentence, split_answer
from apps.chat.graph.state import AgentState, CheckedCitation, CheckedSentence, Draft
from apps.chat.graph.support import Backing, better, find_backing, judge


async def verify(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """Never delays text: all of it has been sent before this begins."""
    draft = state["draft"]
    if not draft.sources:
        return {"citations": (), "sentences": ()}
    if not runtime.context.should_stop():
        runtime.context.emit.started_stage("checking", phrases.checking())
    best: dict[int, Backing] = {}
    checked = [_check(sentence, draft, best) for sentence in split_answer(draft.text)]
    citations = tuple(_citation(number, passage, best) for number, passage in draft.sources.items())
    return {"citations": citations, "sentences": tuple(one for one in checked if one is not None)}


def _check(sentence: AnswerSentence, draft: Draft, best: dict[int, Backing]) -> CheckedSentence | None:
    """Judge one citing sentence; leaves each cited passage's best backing in `best`."""
    numbers = tuple(number for number in sentence.numbers if number in draft.sources)
    if not numbers:
        return None
    texts = [draft.sources[number].text for number in numbers]
    for number, text in zip(numbers, texts, strict=True):
        backing = find_backing(sentence.text, text)
        best[number] = better(best[number], backing, text) if number in best else backing
    return CheckedSentence(sentence.start, sentence.end, numbers, judge(sentence.text, texts))


def _citation(number: int, passage: FoundPassage, best: dict[int, Backing]) -> CheckedCitation:
    backing = best.get(number, Backing(0, len(passage.text), 0.0, "unsupported"))
    return CheckedCitation(number, passage, backing.start, backing.end, backing.support)
