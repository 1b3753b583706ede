"""The OpenAI-compatible API: chat completions, embeddings, models. Plain asynchronous views, as they are the hot path."""

import base64
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from apps.accounts.types import Reader
from apps.common.errors import Invalid
from apps.gateway.caching.scopes import scope_of
from apps.gateway.calls import Call, Kind
from apps.gateway.catalogue import current
from apps.gateway.errors import ModelNotFound
from apps.gateway.openai_api.door import openai_view
from apps.gateway.openai_api.errors import NoSuchModel
from apps.gateway.openai_api.headers import call_headers
from apps.gateway.openai_api.rendering import ChatRenderer
from apps.gateway.openai_api.requests import ChatRequest, read_chat_request, read_embedding_request
from apps.gateway.openai_api.streaming import EventStream, chat_events
from apps.gateway.pipeline import run, run_whole
from apps.gateway.principals import principal_of
from apps.gateway.services.opening import open_call
from apps.gateway.targets import CHAT, EMBEDDING, RouteInfo
from apps.gateway.types import Caching, ChatOptions, Chunk, Principal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PURPOSE = "api"


@openai_view("POST", "model.call")
async def chat_completions(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    asked = read_chat_request(request)
    options = ChatOptions(asked.parameters, _caching(request, reader), locale=request.headers.get("Accept-Language", "")[:40])
    call = await _open(Kind.CHAT, principal_of(reader, PURPOSE), asked.model, messages=asked.messages, options=options, is_request=True)
    # What goes wrong until there is something to show has a status of its own.
    flow = run(call)
    first = await anext(flow)
    return await _answer(call, asked, first, flow)


async def _answer(call: Call, asked: ChatRequest, first: Chunk, flow: AsyncGenerator[Chunk, None]) -> HttpResponseBase:
    renderer = ChatRenderer(call.id, call.route.name, has_usage=asked.has_usage)
    response: HttpResponseBase
    if asked.is_streamed:
        response = EventStream(chat_events(renderer, first, flow))
    else:
        chunks = [first, *[chunk async for chunk in flow]]
        response = HttpResponse(renderer.whole(chunks), content_type="application/json")
    return _told(response, call)


@openai_view("POST", "model.call")
async def embeddings(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    asked = read_embedding_request(request)
    call = await _open(Kind.EMBEDDING, principal_of(reader, PURPOSE), asked.model, texts=asked.texts, is_request=True)
    if asked.dimension and asked.dimension != call.route.targets[0].dimension:
        raise Invalid(f"The vectors of {call.route.name} cannot be made of another length.", param="dimensions")
    vectors: NDArray[np.float32] = await run_whole(call)
    rows = [{"object": "embedding", "index": place, "embedding": _numbers(row, asked.is_base64)} for place, row in enumerate(vectors)]
    usage = call.usage
    tokens = usage.input_tokens if usage else 0
    body = {"object": "list", "data": rows, "model": call.route.name, "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}
    response = HttpResponse(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY), content_type="application/json")
    return _told(response, call)


@openai_view("GET", "model.call")
async def models(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    return _json({"object": "list", "data": [_model_body(route) for route in await _routes(reader)]})


@openai_view("GET", "model.call")
async def model(request: HttpRequest, reader: Reader, name: str) -> HttpResponseBase:
    route = next((route for route in await _routes(reader) if route.name == name), None)
    if route is None:
        raise NoSuchModel(name)
    return _json(_model_body(route))


def _told(response: HttpResponseBase, call: Call) -> HttpResponseBase:
    for name, value in call_headers(call).items():
        response[name] = value
    return response


async def _open(kind: Kind, principal: Principal, name: str, **fields: Any) -> Call:
    try:
        return await open_call(kind, principal, model=name, **fields)
    except ModelNotFound:
        raise NoSuchModel(name) from None


def _caching(request: HttpRequest, reader: Reader) -> Caching | None:
    """Nobody is given an answer that was made for somebody else; `Cache-Control: no-cache` asks for a new one."""
    if "no-cache" in request.headers.get("Cache-Control", ""):
        return None
    return Caching(scope=scope_of(reader, PURPOSE), is_semantic=True)


async def _routes(reader: Reader) -> list[RouteInfo]:
    catalogue, workspace = await current(), str(reader.workspace.pk)
    return [*catalogue.list_routes(CHAT, workspace), *catalogue.list_routes(EMBEDDING, workspace)]


def _model_body(route: RouteInfo) -> dict[str, Any]:
    windows = [target.window for target in route.targets if target.window]
    body: dict[str, Any] = {"id": route.name, "object": "model", "created": 0, "owned_by": "quire", "kind": route.kind}
    return {**body, "context_window": max(windows)} if windows else body


def _numbers(row: "NDArray[np.float32]", is_base64: bool) -> Any:
    return base64.b64encode(row.tobytes()).decode() if is_base64 else row


def _json(body: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")
