"""Placeholders instead of values on the way to a model, and values instead of placeholders on the way back.

One masker lives as long as one call: the same value has the same placeholder in all of its messages. A placeholder that somebody wrote
themselves is never one of ours: its number is left out.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from apps.gateway.guards.base import Finder, Match

_LONGEST = 60
_PLACEHOLDER = re.compile(r"\[([A-Z]+(?:_[A-Z]+)*)_(\d{1,9})\]")


class Masker:
    """`texts` are all that the call says, so that nothing in them is taken for a placeholder of ours."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._taken = {match[0] for text in texts if "[" in text for match in _PLACEHOLDER.finditer(text)}
        self._placeholders: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    @property
    def values(self) -> Mapping[str, str]:
        """By placeholder."""
        return {placeholder: value for (_, value), placeholder in self._placeholders.items()}

    def mask(self, text: str, matches: Sequence[Match]) -> str:
        """`matches` are by their start, none over another."""
        pieces, at = [], 0
        for match in matches:
            pieces += [text[at : match.start], self._placeholder(match.rule, text[match.start : match.end])]
            at = match.end
        return "".join([*pieces, text[at:]])

    def mask_json(self, text: str, find: Finder) -> str:
        """The same in a JSON text, which stays one: a number that is masked becomes a string."""
        try:
            tree = json.loads(text)
            masked = self._mask_tree(tree, find)
        except (ValueError, RecursionError):
            return self.mask(text, find(text))
        return text if masked == tree else json.dumps(masked, ensure_ascii=False)

    def _mask_tree(self, node: object, find: Finder) -> object:
        if isinstance(node, str):
            return self.mask(node, find(node))
        if isinstance(node, dict):
            return {self.mask(key, find(key)): self._mask_tree(value, find) for key, value in node.items()}
        if isinstance(node, list):
            return [self._mask_tree(value, find) for value in node]
        if isinstance(node, int) and not isinstance(node, bool) and (matches := find(str(node))):
            return self.mask(str(node), matches)
        return node

    def _placeholder(self, rule: str, value: str) -> str:
        if known := self._placeholders.get((rule, value)):
            return known
        label = rule.upper()
        while True:
            self._counts[label] = number = self._counts.get(label, 0) + 1
            placeholder = f"[{label}_{number}]"
            if placeholder not in self._taken:
                break
        self._placeholders[rule, value] = placeholder
        return placeholder


class Unmasker:
    """Puts values back into a text that comes in pieces. Held back is only what may be the beginning of a placeholder.

    `is_json`: the text is JSON, and a placeholder stands in one of its strings.
    """

    def __init__(self, values: Mapping[str, str], *, is_json: bool = False) -> None:
        self._values = {placeholder: _in_json(value) if is_json else value for placeholder, value in values.items()}
        self._labels = {placeholder[1:].rstrip("0123456789]") for placeholder in values}
        self._held = ""

    def feed(self, text: str) -> str:
        if not self._held and "[" not in text:
            return text
        text = self._held + text
        # A placeholder has one bracket and begins with it, so only the last one can be unfinished.
        at = text.rfind("[")
        self._held = text[at:] if at >= 0 and self._is_beginning(text[at + 1 :]) else ""
        return self._put_back(text[: len(text) - len(self._held)])

    def flush(self) -> str:
        held, self._held = self._held, ""
        return held

    def _is_beginning(self, tail: str) -> bool:
        return any(label.startswith(tail) or (tail.startswith(label) and tail[len(label) :].isdecimal() and len(tail) < _LONGEST) for label in self._labels)

    def _put_back(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda match: self._values.get(match[0], match[0]), text)


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
