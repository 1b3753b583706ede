"""The library's vectors are of one model, whatever else is behind the door."""

import pytest

from apps.gateway import catalogue
from apps.gateway.models import Model, Provider, Route, RouteTarget
from apps.gateway.services import embed
from tests.gateway.conftest import PRINCIPAL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.mark.parametrize("is_bulk", [False, True])
async def test_a_route_of_the_administration_makes_no_vectors_for_the_library(fake_embeddings, is_bulk):
    provider = await Provider.objects.acreate(name="Elsewhere", base_url="http://127.0.0.1:1/v1")
    model = await Model.objects.acreate(provider=provider, name="others", kind="embedding", dimension=8)
    route = await Route.objects.acreate(name="others", kind="embedding", is_default=True)
    await RouteTarget.objects.acreate(route=route, model=model)
    catalogue.forget()
    vectors = await embed(PRINCIPAL, ["one", "two"], is_bulk=is_bulk)
    assert vectors.shape == (2, 8)
    assert [request.body["model"] for request in fake_embeddings.requests] == ["fake-embeddings"]
