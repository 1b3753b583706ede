"""Tool calls as they stream in pieces, and the rounds of them as a model reads them again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from apps.chat.graph.context import FoundPassage
from apps.chat.graph.marks import neutralise_marks
from apps.gateway.types import Block, ChatMessage, PassageBlock, TextBlock, ToolCall, ToolCallPart

# A model that writes more than this into one call, or asks for more calls at once, is not asking for anything.
ARGUMENTS_CHARS_MAX = 20_000
CALLS_MAX = 8


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """One call and what came of it. `numbers` are those of the passages that it found first; their text is not in here."""

    call: ToolCall
    text: str
    numbers: tuple[int, ...] = ()
    is_error: bool = False
    chars: int = 0


# The calls that a model made at once.
Round = tuple[ToolAnswer, ...]


@dataclass(slots=True)
class CallReader:
    """Feed it the pieces of one answer of the model; `calls(round)` gives them whole, in their order, each with an id of its own."""

    _names: dict[int, str] = field(default_factory=dict)
    _ids: dict[int, str] = field(default_factory=dict)
    _arguments: dict[int, str] = field(default_factory=dict)

    def feed(self, parts: Sequence[ToolCallPart]) -> None:
        for part in parts:
            self._names[part.index] = self._names.get(part.index, "") or part.name
            self._ids[part.index] = self._ids.get(part.index, "") or part.id
            self._arguments[part.index] = (self._arguments.get(part.index, "") + part.arguments)[: ARGUMENTS_CHARS_MAX + 1]

    def calls(self, round_number: int) -> tuple[ToolCall, ...]:
        made: list[ToolCall] = []
        for position, index in enumerate(sorted(self._names)[:CALLS_MAX]):
            call_id = self._ids[index]
            if not call_id or call_id in {call.id for call in made}:
                call_id = f"call_{round_number}_{position}"
            made.append(ToolCall(call_id, self._names[index], self._arguments[index]))
        return tuple(made)


def passage_block(number: int, passage: FoundPassage) -> PassageBlock:
    return PassageBlock(type="passage", number=number, title=passage.title, place=passage.place, text=neutralise_marks(passage.text))


def given_at_first(passages: Sequence[FoundPassage], rounds: Sequence[Round]) -> list[Block]:
    """The passages that were there before any tool was used, numbered as all are."""
    later = {number for one_round in rounds for answer in one_round for number in answer.numbers}
    return [passage_block(number, passage) for number, passage in enumerate(passages, start=1) if number not in later]


def round_messages(passages: Sequence[FoundPassage], rounds: Sequence[Round]) -> Iterator[ChatMessage]:
    """What the model asked for and what came back, as data: a tool's words and passages are blocks, which are marked off for it."""
    for one_round in rounds:
        yield ChatMessage("assistant", "", tool_calls=[answer.call for answer in one_round])
        for answer in one_round:
            said: list[Block] = [TextBlock(type="text", text=neutralise_marks(answer.text))] if answer.text else []
            found = [passage_block(number, passages[number - 1]) for number in answer.numbers]
            yield ChatMessage("tool", [*said, *found], tool_call_id=answer.call.id)
