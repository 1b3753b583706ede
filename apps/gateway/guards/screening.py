"""The input guards over the messages of one call: what leaves for the model, what was found, and what was done about it.

System messages are the installation's own: only what is invisible goes from them. Those of a foreign program are its own orders to its model,
so they are no injection, but what must not leave does not leave in them either, nor in the descriptions of its tools. Questions, history,
passages and what tools gave are looked at by every guard. Nothing is dropped without a word: a call is refused, or a notice stands where a text was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apps.gateway.catalogue import GuardRules
from apps.gateway.errors import Blocked
from apps.gateway.guards.base import (
    BLOCK,
    FLAG,
    INJECTION,
    INVISIBLE,
    MASK,
    OFF,
    PERSONAL_DATA,
    PROHIBITED,
    REMOVE,
    SECRETS,
    Match,
    label_of,
    without_overlaps,
)
from apps.gateway.guards.folding import fold_words
from apps.gateway.guards.injection import score_injection
from apps.gateway.guards.invisible import Cleaned, remove_invisible
from apps.gateway.guards.masking import Masker
from apps.gateway.guards.personal_data import find_personal_data
from apps.gateway.guards.prohibited import RULE, ProhibitedWords, WordWatch, prohibited_words
from apps.gateway.guards.secrets import find_secrets
from apps.gateway.types import Block, ChatMessage, ChatOptions

OWN_ROLES = ("system", "developer")
# Parameters that hold words of their own; all others are numbers and choices.
_WORDED = frozenset({"tools", "response_format", "stop"})
PASSAGE_NOTICE = "[This passage was left out: it looks like instructions to the model.]"
TOOL_NOTICE = "[This result of a tool was left out: it looks like instructions to the model.]"
QUESTION, SYSTEM, PARAMETERS, HISTORY, ANSWER, PASSAGE, TOOL = (
    "your question",
    "a system message",
    "the parameters of the request",
    "an earlier message of this conversation",
    "an earlier answer of this conversation",
    "a passage found for your question",
    "what a tool gave back",
)


@dataclass(slots=True)
class Screening:
    """`messages` are what the model may read, `values` what stands behind the placeholders in them.

    `found` and `acted` are those of a call, so that they are told of a call that is refused too.
    """

    found: Counter[str]
    acted: dict[str, str]
    messages: Sequence[ChatMessage] = ()
    # Theirs are the compared text of a semantic cache and what a foreign program says in its parameters, masked like the messages.
    options: ChatOptions = field(default_factory=ChatOptions)
    values: Mapping[str, str] = field(default_factory=dict)


def screen(
    screening: Screening, messages: Sequence[ChatMessage], options: ChatOptions, rules: GuardRules, *, is_leaving: bool, is_foreign: bool = False
) -> None:
    """Raises Blocked. `is_leaving`: some model that may be asked is not in this process; otherwise masking would keep nothing from anybody.
    `is_foreign`: another program wrote all of it, its system messages and tools as well."""
    _Screener(screening, rules, is_leaving=is_leaving, is_foreign=is_foreign).screen(messages, options)


def watch_answer(rules: GuardRules, found: Counter[str], acted: dict[str, str]) -> WordWatch | None:
    """Who looks for prohibited words in an answer, and raises Blocked where policy says so; None where nothing is looked for."""
    words = _words_of(rules)
    if words is None:
        return None

    def tell(count: int) -> None:
        name = f"{PROHIBITED}.{RULE}"
        found[name] += count
        acted[name] = rules.prohibited
        if rules.prohibited == BLOCK:
            raise Blocked(f"The answer was broken off: a policy of this workspace refuses {label_of(PROHIBITED, RULE)}. Ask in another way.", rule=name)

    return WordWatch(words, tell)


def _words_of(rules: GuardRules) -> ProhibitedWords | None:
    return prohibited_words(rules.prohibited_words) if rules.prohibited_words and rules.prohibited != OFF else None


class _Screener:
    def __init__(self, screening: Screening, rules: GuardRules, *, is_leaving: bool, is_foreign: bool) -> None:
        self._result = screening
        self._rules = rules
        self._is_foreign = is_foreign
        self._actions = {
            PERSONAL_DATA: rules.personal_data if is_leaving or rules.personal_data != MASK else FLAG,
            SECRETS: rules.secrets if is_leaving or rules.secrets != MASK else FLAG,
            PROHIBITED: rules.prohibited,
            INJECTION: rules.injection,
        }
        self._words = _words_of(rules)
        self._masker = Masker(())

    def screen(self, messages: Sequence[ChatMessage], options: ChatOptions) -> None:
        if MASK in self._actions.values():
            self._masker = Masker(texts_of(messages, options))
        last = max((at for at, message in enumerate(messages) if message.role == "user"), default=-1)
        result = self._result
        result.messages = [self._screen_message(message, is_last=at >= last) for at, message in enumerate(messages)]
        result.options = self._screen_options(options)
        result.values = self._masker.values

    def _screen_options(self, options: ChatOptions) -> ChatOptions:
        if caching := options.caching:
            # What the caches keep of it; it was counted where it stands among the messages.
            question = remove_invisible(caching.question).text
            if (masked := self._mask_found(question, self._find(question))) != caching.question:
                options = replace(options, caching=replace(caching, question=masked))
        if self._is_foreign and not _WORDED.isdisjoint(options.parameters):
            screened = {name: self._screen_tree(options.parameters[name]) for name in _WORDED & options.parameters.keys()}
            options = replace(options, parameters={**options.parameters, **screened})
        return options

    def _screen_tree(self, node: Any) -> Any:  # Any: JSON
        if isinstance(node, str):
            return self._screen_values(self._clean(node).text, PARAMETERS)
        if isinstance(node, dict):
            return {key: self._screen_tree(value) for key, value in node.items()}
        return [self._screen_tree(value) for value in node] if isinstance(node, list) else node

    def _screen_message(self, message: ChatMessage, *, is_last: bool) -> ChatMessage:
        screen = self._screener_of(message.role, is_last=is_last)
        if isinstance(message.content, str):
            content: str | list[Block] = screen(message.content)
        else:
            content = [self._screen_block(block, screen, is_own=message.role in OWN_ROLES) for block in message.content]
        if not message.tool_calls:
            return message if content == message.content else replace(message, content=content)
        calls = [replace(call, arguments=self._screen_json(call.arguments)) for call in message.tool_calls]
        return replace(message, content=content, tool_calls=calls)

    def _screener_of(self, role: str, *, is_last: bool) -> Callable[[str], str]:
        if role in OWN_ROLES:
            return (lambda text: self._screen_text(text, SYSTEM)) if self._is_foreign else (lambda text: self._clean(text).text)
        if role == "tool":
            return lambda text: self._screen_text(text, TOOL)
        where = ANSWER if role == "assistant" else QUESTION if is_last else HISTORY
        return lambda text: self._screen_text(text, where)

    def _screen_block(self, block: Block, screen: Callable[[str], str], *, is_own: bool) -> Block:
        if block["type"] == "text":
            return {**block, "text": screen(block["text"])}
        if block["type"] == "passage" and not is_own:
            title, place, text = (self._screen_text(words, PASSAGE) for words in (block["title"], block["place"], block["text"]))
            return {**block, "title": title, "place": place, "text": text}
        return block

    def _screen_text(self, text: str, where: str) -> str:
        """One text through all guards, in their order."""
        if not text:
            return text
        cleaned = self._clean(text)
        text = cleaned.text
        masked = self._screen_values(text, where)
        # Lower case and the like cost as much as the guards themselves, so they share it.
        folded = fold_words(text) if self._words or self._actions[INJECTION] != OFF else ""
        if self._words and (count := self._words.count(folded)):
            self._note(PROHIBITED, RULE, count, where)
        if where != SYSTEM and self._actions[INJECTION] != OFF and self._is_injection(text, cleaned, folded, where):
            return TOOL_NOTICE if where == TOOL else PASSAGE_NOTICE
        return masked

    def _clean(self, text: str) -> Cleaned:
        cleaned = remove_invisible(text)
        for kind, count in cleaned.removed.items():
            self._result.found[f"{INVISIBLE}.{kind}"] += count
            self._result.acted[f"{INVISIBLE}.{kind}"] = REMOVE
        return cleaned

    def _screen_values(self, text: str, where: str) -> str:
        found = self._find(text)
        for guard, match in found:
            self._note(guard, match.rule, 1, where)
        return self._mask_found(text, found)

    def _find(self, text: str) -> list[tuple[str, Match]]:
        secrets = find_secrets(text) if self._actions[SECRETS] != OFF else []
        personal = find_personal_data(text) if self._actions[PERSONAL_DATA] != OFF else []
        # What is only counted does not keep the other guard from masking it.
        if secrets and personal and self._actions[SECRETS] != FLAG:
            personal = without_overlaps(personal, secrets)
        return [(SECRETS, match) for match in secrets] + [(PERSONAL_DATA, match) for match in personal]

    def _mask_found(self, text: str, found: Sequence[tuple[str, Match]]) -> str:
        masked = [match for guard, match in found if self._actions[guard] == MASK]
        return self._masker.mask(text, sorted(masked, key=lambda match: match.start)) if masked else text

    def _screen_json(self, arguments: str) -> str:
        """What a model wanted done. It goes back to a model, so values are masked in it; it is no question and no source of orders."""
        cleaned = self._clean(arguments).text

        def find(text: str) -> list[Match]:
            found = self._find(text)
            for guard, match in found:
                self._note(guard, match.rule, 1, ANSWER)
            return sorted((match for guard, match in found if self._actions[guard] == MASK), key=lambda match: match.start)

        return self._masker.mask_json(cleaned, find)

    def _is_injection(self, text: str, cleaned: Cleaned, folded: str, where: str) -> bool:
        """Whether a passage or a result is to be left out for it."""
        is_foreign = where in (PASSAGE, TOOL)
        score = score_injection(text, removed=cleaned.removed, is_foreign=is_foreign, folded=folded)
        if score.points < self._rules.injection_threshold:
            return False
        # A model's own earlier words are no order of anybody's: refusing them would end the conversation for good.
        action = FLAG if where == ANSWER else self._actions[INJECTION]
        for rule in score.rules:
            self._count(INJECTION, rule, 1, action)
        if action == BLOCK and not is_foreign:
            raise _blocked(INJECTION, score.rules[0], where)
        return action == BLOCK

    def _note(self, guard: str, rule: str, count: int, where: str) -> None:
        self._count(guard, rule, count, self._actions[guard])
        if self._actions[guard] == BLOCK:
            raise _blocked(guard, rule, where)

    def _count(self, guard: str, rule: str, count: int, action: str) -> None:
        name = f"{guard}.{rule}"
        self._result.found[name] += count
        self._result.acted[name] = action if self._result.acted.get(name) != BLOCK else BLOCK


def _blocked(guard: str, rule: str, where: str) -> Blocked:
    detail = f"A policy of this workspace refuses {label_of(guard, rule)}, and there is some in {where}. Take it out and ask again."
    return Blocked(detail, rule=f"{guard}.{rule}")


def texts_of(messages: Sequence[ChatMessage], options: ChatOptions) -> Iterator[str]:
    """All that is screened."""
    for name in _WORDED & options.parameters.keys():
        yield from _texts_in(options.parameters[name])
    for message in messages:
        yield from (call.arguments for call in message.tool_calls)
        if isinstance(message.content, str):
            yield message.content
            continue
        for block in message.content:
            if block["type"] == "passage":
                yield from (block["title"], block["place"])
            if block["type"] != "image_url":
                yield block["text"]


def _texts_in(node: Any) -> Iterator[str]:  # Any: JSON
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from _texts_in(value)
