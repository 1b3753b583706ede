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
from apps.gateway.model_sources import SourcedAnswer, list_sourced, open_sourced
from apps.gateway.openai_api.door import openai_view
from apps.gateway.openai_api.errors import NoSuchModel
from apps.gateway.openai_api.headers import call_headers
from apps.gateway.openai_api.rendering import ChatRenderer
from apps.gateway.openai_api.requests import read_chat_request, read_embedding_request
from apps.gateway.openai_api.streaming import EventStream, chat_events
from apps.gateway.pipeline import run, run_whole
from apps.gateway.principals import principal_of
from apps.gateway.services.opening import open_call
from apps.gateway.targets import CHAT, EMBEDDING, RouteInfo
from apps.gateway.types import Caching, ChatOptions, ChatRequest, Chunk, Principal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PURPOSE = "api"


@openai_view("POST", "model.call")
async def chat_completions(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    asked = read_chat_request(request)
    if sourced := await open_sourced(reader, asked):
        return await _answer_sourced(sourced, asked)
    options = ChatOptions(asked.parameters, _caching(request, reader), locale=request.headers.get("Accept-Language", "")[:40])
    call = await _open(Kind.CHAT, principal_of(reader, PURPOSE), asked.model, messages=asked.messages, options=options, is_request=True)
    # What goes wrong until there is something to show has a status of its own.
    flow = run(call)
    first = await anext(flow)
    renderer = ChatRenderer(call.id, call.route.name, has_usage=asked.has_usage)
    if asked.is_streamed:
        return _told(EventStream(chat_events(renderer, first, flow)), call)
    return _told(await _whole(renderer, first, flow), call)


async def _answer_sourced(sourced: SourcedAnswer, asked: ChatRequest) -> HttpResponseBase:
    first = await anext(sourced.chunks)
    renderer = ChatRenderer(sourced.id, asked.model, has_usage=asked.has_usage)
    response: HttpResponseBase
    if asked.is_streamed:
        response = EventStream(chat_events(renderer, first, sourced.chunks), is_billed=False)
    else:
        response = await _whole(renderer, first, sourced.chunks)
    for name, value in sourced.headers.items():
        response[name] = value
    return response


async def _whole(renderer: ChatRenderer, first: Chunk, flow: AsyncGenerator[Chunk, None]) -> HttpResponse:
    chunks = [first, *[chunk async for chunk in flow]]
    return HttpResponse(renderer.whole(chunks), content_type="application/json")


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
    return _json({"object": "list", "data": await _list_models(reader)})


@openai_view("GET", "model.call")
async def model(request: HttpRequest, reader: Reader, name: str) -> HttpResponseBase:
    found = next((one for one in await _list_models(reader) if one["id"] == name), None)
    if found is None:
        raise NoSuchModel(name)
    return _json(found)


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


async def _list_models(reader: Reader) -> list[dict[str, Any]]:
    """Those of sources first: a route of the same name is not to be had by it."""
    catalogue, workspace = await current(), str(reader.workspace.pk)
    sourced = await list_sourced(reader)
    routes = [*catalogue.list_routes(CHAT, workspace), *catalogue.list_routes(EMBEDDING, workspace)]
    return [*(_model_body(name, CHAT) for name in sourced), *(_route_body(route) for route in routes if route.name not in sourced)]


def _route_body(route: RouteInfo) -> dict[str, Any]:
    windows = [target.window for target in route.targets if target.window]
    body = _model_body(route.name, route.kind)
    return {**body, "context_window": max(windows)} if windows else body


def _model_body(name: str, kind: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "quire", "kind": kind}


def _numbers(row: "NDArray[np.float32]", is_base64: bool) -> Any:
    return base64.b64encode(row.tobytes()).decode() if is_base64 else row


def _json(body: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")
