"""The model's stream breaks off at each of some hundred places. Through the API: a true prefix and the right exception; in a run: the right text."""

import json
import random
import urllib.error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import openai

from tools.gateway.client import chat, prompt
from tools.gateway.scene import Scene, running_scene
from tools.gateway.script import Script, events_of, words_of
from tools.session import Session

TOKENS = 64
# A breaker that opens because we cut on purpose would answer for the stream: only a call's first try is cut, and after each so many go well.
GOOD_CALLS = 3
# The upstream counts tries by a call's number: those of other proofs on the same scene are smaller.
FIRST_CALL = 1_000_000
GOOD_RUNS = 2
# Of the cuts; those before the first word are mended unseen.
LEAST_TOLD = 0.5
SHOWN_MAX = 10
QUESTION = "How do I stop Quire?"
ANSWER = "Press Ctrl-C in the terminal where it runs. [1] Everything is saved then. [1]"


@dataclass(frozen=True)
class Heard:
    text: str
    error: Exception | None


def offsets(count: int, events: Sequence[bytes]) -> list[int]:
    """Evenly over the stream's bytes, from its first to its last; odd ones break off with a reset."""
    size = sum(map(len, events))
    return [1 + (size - 2) * number // max(1, count - 1) for number in range(count)]


def prove_cuts(count: int) -> dict[str, Any]:
    with running_scene() as scene:
        through_api = cut_the_api(scene, count)
        in_runs = cut_runs(scene, count)
    return {"api": through_api, "runs": in_runs, "problems": [*through_api.pop("problems"), *in_runs.pop("problems")]}


# --- the API


def cut_the_api(scene: Scene, count: int) -> dict[str, Any]:
    problems, kinds, lost = [], dict[str, int](), 0
    for number, offset in enumerate(offsets(count, events_of("first", words_of(TOKENS)))):
        said = f"tokens={TOKENS} cut_at={offset} times=1 reset={number % 2}"
        heard = listen(scene, prompt(FIRST_CALL + number, random.Random(number), said))
        if wrong := judge(heard):
            problems.append(f"cut at byte {offset}: {wrong}")
        kind = type(heard.error).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
        lost = max(lost, _sent_before(offset) - len(heard.text)) if number % 2 == 0 else lost
        go_well(scene, number)
    if kinds.get("APIError", 0) < count * LEAST_TOLD:
        problems.append(f"few of the cuts were told within a stream: {kinds}")
    return {"cuts": count, "errors": kinds, "characters_held_back_at_most": lost, "problems": _some(problems)}


def listen(scene: Scene, text: str) -> Heard:
    """Ask as a program does, with the official client, which tries nothing again by itself."""
    pieces: list[str] = []
    with openai.OpenAI(base_url=scene.address.base_url, api_key=scene.address.key, max_retries=0, timeout=60) as client:
        try:
            for chunk in client.chat.completions.create(model=scene.address.model, **chat(text, stream=True)):
                pieces += [choice.delta.content or "" for choice in chunk.choices]
        except Exception as error:  # noqa: BLE001  # whichever it is, is what is proven
            return Heard("".join(pieces), error)
    return Heard("".join(pieces), None)


def judge(heard: Heard) -> str:
    """What is wrong with how a cut was told, or nothing."""
    full = "".join(words_of(TOKENS))
    if not full.startswith(heard.text):
        return "the text is no prefix of the answer"
    if heard.error is None:
        return "" if heard.text == full else "nothing tells that the answer is not whole"
    if not heard.text:
        return f"{type(heard.error).__name__} before the first character, where another try was to be made unseen"
    # A stream that has begun has a status already: its error is an event.
    return "" if type(heard.error) is openai.APIError else f"{type(heard.error).__name__} after {len(heard.text)} characters"


def _sent_before(offset: int) -> int:
    """Characters of the answer in events that were sent whole."""
    length = 0
    for word, event in zip(["", *words_of(TOKENS)], events_of("first", words_of(TOKENS)), strict=False):
        offset -= len(event)
        if offset < 0:
            break
        length += len(word)
    return length


def go_well(scene: Scene, number: int) -> None:
    for again in range(GOOD_CALLS):
        listen(scene, prompt(10_000 + number * GOOD_CALLS + again, random.Random(number), "tokens=2"))


# --- runs


def cut_runs(scene: Scene, count: int) -> dict[str, Any]:
    session = Session(scene.product.url)
    session.sign_in(scene.product.email, scene.product.password)
    scene.upstream.set_defaults(text=ANSWER)
    right = ask(session, QUESTION)
    problems = [] if "Ctrl-C" in right else [f"the answer without a cut is {right!r}"]
    for number, offset in enumerate(offsets(count, events_of("first", _words(ANSWER)))):
        scene.upstream.set_defaults(text=ANSWER, cut_at=offset, times=1, reset=number % 2)
        said = ask(session, QUESTION)
        if said != right:
            problems.append(f"cut at byte {offset}: {said!r}")
        scene.upstream.set_defaults(text=ANSWER)
        # The process that carries runs out has a breaker of its own: it has to see calls go well, too.
        problems += [f"after the cut at byte {offset}: {said!r}" for said in (ask(session, QUESTION) for _ in range(GOOD_RUNS)) if said != right]
    scene.upstream.set_defaults()
    return {"cuts": count, "problems": _some(problems)}


def ask(session: Session, question: str) -> str:
    try:
        answer = json.loads(session.send("/api/v1/query", json.dumps({"question": question}).encode(), "application/json"))
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read()[:200]!r}"
    return str(answer["answer"])


def _some(problems: list[str]) -> list[str]:
    return problems if len(problems) <= SHOWN_MAX else [*problems[:SHOWN_MAX], f"and {len(problems) - SHOWN_MAX} more"]


def _words(text: str) -> tuple[str, ...]:
    return Script(text=text).words()
