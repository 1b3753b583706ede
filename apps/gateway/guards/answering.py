"""The output guards over the chunks of one answer: values put back for placeholders, foreign images and links taken out, words looked for.

Values come first, so that nothing put back leads anywhere either; words come last, so that they are those that would be read. A chunk that
none of them touches is handed on as the same object.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from apps.gateway.guards.addresses import Hosts
from apps.gateway.guards.links import LinkFilter
from apps.gateway.guards.masking import Unmasker
from apps.gateway.guards.prohibited import WordWatch
from apps.gateway.types import ChatOptions, Chunk, ToolCallPart

_JSON_FORMATS = ("json_object", "json_schema")


def is_json_wanted(options: ChatOptions) -> bool:
    wanted = options.parameters.get("response_format")
    return isinstance(wanted, Mapping) and wanted.get("type") in _JSON_FORMATS


class AnswerFilter:
    """One for each answer. `values` are by placeholder; `counts` are filled with what the links guard took out; `make_watch` gives each text
    of the answer one who looks for prohibited words, and who may raise."""

    def __init__(self, values: Mapping[str, str], hosts: Hosts, counts: Counter[str], make_watch: Callable[[], WordWatch | None], *, is_json: bool) -> None:
        self._values, self._hosts, self._counts, self._make_watch = values, hosts, counts, make_watch
        # JSON is for a program: nothing renders it, so nothing in it is fetched or clicked, and a rewritten address would be a wrong value.
        self._text = _Text(values, None if is_json else hosts, counts, make_watch(), is_json=is_json)
        self._arguments: dict[int, Unmasker] = {}
        # Texts beside the answer, such as a model's reasoning, by their names.
        self._beside: dict[str, _Text] = {}

    def feed(self, chunk: Chunk) -> Iterator[Chunk]:
        """What may be passed on of a chunk, in front of it what was held back where it is the last."""
        text = self._text.feed(chunk.text) if chunk.text else ""
        # Not by its usage: some servers tell one with each piece, and what is open then has to stay held.
        is_last = chunk.finish_reason is not None
        if not is_last and not chunk.tool_calls and chunk.extra is None:
            if text == chunk.text:
                yield chunk
            elif text or chunk.usage is not None:
                yield replace(chunk, text=text)
            return
        calls = tuple(map(self._feed_call, chunk.tool_calls)) if self._values else chunk.tool_calls
        extra = {name: self._feed_beside(name, value) for name, value in chunk.extra.items()} if chunk.extra is not None else None
        if is_last and (rest := self._flush(text)) is not None:
            yield rest
            text = ""
        changed = (text, calls, extra) != (chunk.text, chunk.tool_calls, chunk.extra)
        yield replace(chunk, text=text, tool_calls=calls, extra=extra) if changed else chunk

    def end(self) -> Iterator[Chunk]:
        """What is left where an answer ends without saying so."""
        if (rest := self._flush("")) is not None:
            yield rest

    def _flush(self, text: str) -> Chunk | None:
        """`text` and all that was held back as one chunk; None where nothing was."""
        held = self._text.flush()
        calls = tuple(ToolCallPart(index, arguments=rest) for index, filtered in self._arguments.items() if (rest := filtered.flush()))
        extra = {name: rest for name, filtered in self._beside.items() if (rest := filtered.flush())}
        return Chunk(text + held, tool_calls=calls, extra=extra or None) if held or calls or extra else None

    def _feed_call(self, part: ToolCallPart) -> ToolCallPart:
        if not part.arguments:
            return part
        unmasker = self._arguments.setdefault(part.index, Unmasker(self._values, is_json=True))
        return replace(part, arguments=unmasker.feed(part.arguments))

    def _feed_beside(self, name: str, value: Any) -> Any:  # Any: JSON
        if not isinstance(value, str):
            return value
        if name not in self._beside:
            self._beside[name] = _Text(self._values, self._hosts, self._counts, self._make_watch(), is_json=False)
        return self._beside[name].feed(value)


class _Text:
    """One text as it streams, through each guard in turn."""

    def __init__(self, values: Mapping[str, str], hosts: Hosts | None, counts: Counter[str], watch: WordWatch | None, *, is_json: bool) -> None:
        unmasker = Unmasker(values, is_json=is_json) if values else None
        links = LinkFilter(hosts, counts) if hosts is not None else None
        self._guards = [guard for guard in (unmasker, links, watch) if guard is not None]

    def feed(self, text: str) -> str:
        for guard in self._guards:
            text = guard.feed(text)
        return text

    def flush(self) -> str:
        rest = ""
        for guard in self._guards:
            rest = guard.feed(rest) + guard.flush()
        return rest
