"""Do what the model asked for, at once, as the asker; what comes back is data for its next round."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langgraph.runtime import Runtime

from apps.chat.graph.calling import CALLS_MAX, Round, ToolAnswer
from apps.chat.graph.context import AgentContext, FoundPassage, Toolbox, ToolResult
from apps.chat.graph.state import AgentState
from apps.chat.graph.stopping import unless_stopped
from apps.gateway.types import ToolCall

NOTHING = "Nothing was found."
KNOWN = "Already given above, as {}."
NO_ROOM = "Left out: the tools gave back as much as they may for one answer. Answer from what there is."


async def use_tools(state: AgentState, runtime: Runtime[AgentContext]) -> AgentState:
    """Adds one round. A call that fails is an answer too, in words for the model; only what ends the run is raised."""
    context = runtime.context
    rounds, calls = state.get("rounds", ()), state["calls"]
    assert context.tools is not None
    for call in calls:
        context.emit.started_stage(*context.tools.describe(call))
    results = await unless_stopped(_use(context.tools, calls, len(rounds) * CALLS_MAX), context.stop, [])
    if not results:
        return {"calls": ()}
    room = context.limits.tool_chars - used_chars(rounds)
    gathering = _Gathering(list(state.get("passages", ())), room)
    answers = tuple(gathering.add(call, result) for call, result in zip(calls, results, strict=True))
    return {"calls": (), "rounds": (*rounds, answers), "passages": tuple(gathering.passages)}


async def _use(tools: Toolbox, calls: Sequence[ToolCall], first: int) -> list[ToolResult]:
    return list(await asyncio.gather(*(tools.use(call, first + place) for place, call in enumerate(calls))))


def used_chars(rounds: Iterable[Round]) -> int:
    return sum(answer.chars for one_round in rounds for answer in one_round)


@dataclass(slots=True)
class _Gathering:
    """All passages of the run in the order of their numbers, and for how many characters of tools there is room."""

    passages: list[FoundPassage]
    room: int

    def add(self, call: ToolCall, result: ToolResult) -> ToolAnswer:
        known = {passage.id: number for number, passage in enumerate(self.passages, start=1)}
        before = self.room
        fresh: list[int] = []
        notes = [result.text] if self._takes(len(result.text)) else [NO_ROOM]
        for passage in result.passages:
            if passage.id in known:
                continue
            if not self._takes(len(passage.text)):
                notes.append(NO_ROOM)
                break
            self.passages.append(passage)
            fresh.append(len(self.passages))
        again = [known[passage.id] for passage in result.passages if passage.id in known]
        if again:
            notes.append(KNOWN.format(", ".join(f"passage {number}" for number in again)))
        text = "\n".join(note for note in notes if note)
        return ToolAnswer(call, text or ("" if fresh else NOTHING), tuple(fresh), result.is_error, before - self.room)

    def _takes(self, chars: int) -> bool:
        if chars > self.room:
            self.room = 0
            return False
        self.room -= chars
        return True
