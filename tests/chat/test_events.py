"""The wire protocol: what a page may say."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.chat.events import Ack, LibraryTopic, Ping, RunTopic, Subscribe, Unsubscribe, encode, parse_client_message, run_event
from apps.common.errors import Invalid

RUN = UUID("6f1f3b0e-6f3c-4a0e-9d0e-0a4b7f1f2c3d")


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ({"type": "ping"}, Ping()),
        ({"type": "ack", "run": str(RUN), "seq": 1_000_007}, Ack(RUN, 1_000_007)),
        ({"type": "subscribe", "topic": "run", "id": str(RUN), "after": 1_000_007}, Subscribe(RunTopic(RUN), 1_000_007)),
        ({"type": "subscribe", "topic": "run", "id": str(RUN)}, Subscribe(RunTopic(RUN), 0)),
        ({"type": "subscribe", "topic": "library", "workspace": "acme"}, Subscribe(LibraryTopic("acme"))),
        ({"type": "unsubscribe", "topic": "run", "id": str(RUN)}, Unsubscribe(RunTopic(RUN))),
        ({"type": "unsubscribe", "topic": "library", "workspace": "acme"}, Unsubscribe(LibraryTopic("acme"))),
    ],
)
def test_it_reads_what_is_in_the_protocol(said, understood):
    assert parse_client_message(json.dumps(said)) == understood


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nonsense",
        "[" * 4_000,
        "[]",
        "null",
        "1",
        "x" * 5_000,
        '{"type": "shout"}',
        '{"type": null}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "topic": "everything"}',
        '{"type": "subscribe", "topic": "run"}',
        '{"type": "subscribe", "topic": "run", "id": 5}',
        '{"type": "subscribe", "topic": "run", "id": "not an id"}',
        f'{{"type": "subscribe", "topic": "run", "id": "{RUN}", "after": -1}}',
        f'{{"type": "subscribe", "topic": "run", "id": "{RUN}", "after": true}}',
        f'{{"type": "subscribe", "topic": "run", "id": "{RUN}", "after": "1"}}',
        f'{{"type": "subscribe", "topic": "run", "id": "{RUN}", "after": 1e400}}',
        f'{{"type": "subscribe", "topic": "run", "id": "{RUN}", "after": {2**63}}}',
        '{"type": "subscribe", "topic": "library"}',
        '{"type": "subscribe", "topic": "library", "workspace": ""}',
        '{"type": "subscribe", "topic": "library", "workspace": "\\u0000"}',
        '{"type": "unsubscribe", "topic": "run", "id": []}',
        '{"type": "ack"}',
        f'{{"type": "ack", "run": "{RUN}"}}',
        f'{{"type": "ack", "run": "{RUN}", "seq": "1"}}',
    ],
)
def test_it_refuses_everything_else_in_words(said):
    with pytest.raises(Invalid) as refused:
        parse_client_message(said)
    assert refused.value.detail


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_no_json_breaks_it(said):
    with pytest.raises(Invalid):
        parse_client_message(json.dumps(said))


def test_an_event_of_a_run_is_flat():
    assert encode(run_event(RUN, 5, "text.delta", {"text": "é"})) == f'{{"type":"text.delta","run":"{RUN}","seq":5,"text":"é"}}'
