"""Nobody is given what was kept for others. `ALL_SCOPES=1` tries all pairs of 20 scopes with 50 questions; without it, of a few."""

import os
from itertools import permutations

import pytest

from apps.gateway.caching import background, semantic
from apps.gateway.caching.keys import hard_key
from apps.gateway.steps.cached import cached, cached_by_meaning
from apps.gateway.types import Chunk
from tests.gateway.caching.conftest import LAST, Model, make_call
from tests.gateway.caching.pairs import NEAR_MISSES

IS_FULL = "ALL_SCOPES" in os.environ
SCOPES = [f"scope {number}" for number in range(20 if IS_FULL else 4)]
# Of different kinds.
QUESTIONS = [one for one, _ in NEAR_MISSES[:: len(NEAR_MISSES) // 50]][: 50 if IS_FULL else 10]


def call_of(scope, question):
    return make_call(text=question, scope=scope, is_semantic=True)


async def _fill(answers):
    """Each scope's answers name it."""
    for scope in SCOPES:
        model = Model(Chunk(scope), LAST)
        for question in QUESTIONS:
            call = call_of(scope, question)
            async for _ in cached(call, lambda call, model=model: cached_by_meaning(call, model.follow)):
                pass
            assert call.cache == "miss"
    await background.finish()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_no_scope_is_answered_from_another(answers, today, settings):
    settings.QUIRE_SEMANTIC_CACHE_HOURS = 1
    await _fill(answers)
    own, foreign = {"exact": 0, "semantic": 0}, []
    for scope in SCOPES:
        for question in QUESTIONS:
            for kind, step in (("exact", cached), ("semantic", cached_by_meaning)):
                call, model = call_of(scope, question), Model()
                text = "".join([chunk.text async for chunk in step(call, model.follow)])
                own[kind] += call.cache == kind
                foreign += [(kind, question, scope, text)] if text != scope else []
    assert foreign == []
    assert own == {"exact": len(SCOPES) * len(QUESTIONS), "semantic": len(SCOPES) * len(QUESTIONS)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_nor_from_one_that_alone_has_answers(answers, today, settings):
    """Each pair: one scope has answers to all questions, the other asks them all."""
    settings.QUIRE_SEMANTIC_CACHE_HOURS = 1
    looked_up = {}
    for scope in SCOPES:
        for question in QUESTIONS:
            looked_up[scope, question] = await semantic.look_up(call_of(scope, question))
    hits = pairs = 0
    for holder, asker in permutations(SCOPES, 2):
        for question in QUESTIONS:
            pairs += 1
            hits += hard_key(call_of(holder, question)) == hard_key(call_of(asker, question))
            hits += looked_up[holder, question].scope == looked_up[asker, question].scope
    assert (pairs, hits) == (len(SCOPES) * (len(SCOPES) - 1) * len(QUESTIONS), 0)
