"""The page's protocol types say what apps/chat/events.py says."""

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args, get_type_hints

from apps.chat.events import CLOSE_CODES, SHOWN_MAX, LoggedEvent, document_removed, document_updated, error, pong

PROTOCOL = (Path(__file__).parents[2] / "static/src/ts/protocol.ts").read_text(encoding="utf-8")
TYPES = {int: "number", str: "string", int | None: "number | null"}


def as_typescript(event: type) -> str:
    hints = get_type_hints(event)
    members = [f'type: "{event.type}"', *(f"{one.name}: {TYPES[hints[one.name]]}" for one in fields(event))]
    return f"| {{ {'; '.join(members)} }}"


def test_each_event_of_a_run_is_the_same_on_both_sides():
    union = PROTOCOL.partition("export type RunEvent")[2].partition(");")[0]
    assert re.findall(r"\| \{[^}]*\}", union) == [as_typescript(event) for event in get_args(LoggedEvent)]


def test_the_page_knows_exactly_the_types_that_are_sent():
    known = re.findall(r'"([a-z.]+)"', PROTOCOL.partition("new Set<string>([")[2].partition("]")[0])
    others = [document_updated("")["type"], document_removed("")["type"], error("", "")["type"], pong()["type"]]
    assert sorted(known) == sorted([*(event.type for event in get_args(LoggedEvent)), *others])


def test_the_page_knows_why_it_was_closed_and_how_much_it_may_name():
    codes = re.findall(r"\b4\d{3}\b", PROTOCOL.partition("export const closed")[2].partition(";")[0])
    assert [int(code) for code in codes] == sorted(CLOSE_CODES.values())
    assert f"SHOWN_MAX = {SHOWN_MAX};" in PROTOCOL
