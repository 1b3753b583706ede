"""Calls made for a run are found by it."""

from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync

from apps.gateway.attribution import calls_of_run, current_run
from apps.gateway.models import QueryLog
from apps.gateway.principals import principal_of
from apps.gateway.selectors.run_calls import list_run_calls
from apps.gateway.services import complete_object, embed
from apps.gateway.types import ChatMessage, ChatOptions

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_is_asked_of_models_inside_names_the_run(alice_reader, bob_reader, fake_llm, fake_embeddings):
    run = uuid4()
    fake_llm.enqueue(['{"verdicts": []}'])
    who = principal_of(alice_reader, "verify")

    async def work():
        with calls_of_run(run):
            await complete_object(who, [ChatMessage("user", "Judge.")], 100, options=ChatOptions(prompt_version="verify.v1"))
            await embed(who, ["a text"])
        assert current_run() is None
        await embed(who, ["a text of nobody's run"])

    async_to_sync(work)()
    assert [(one.kind, one.prompt_version, one.outcome) for one in list_run_calls(alice_reader, run)] == [
        ("chat", "verify.v1", "answered"),
        ("embedding", "", "answered"),
    ]
    assert list_run_calls(bob_reader, run) == []
    assert QueryLog.objects.filter(run_id=None).count() == 1
