"""Doors that say nothing, or what is not so. A URL conf, sockets, tools and a page of the administration for the tests only."""

from types import SimpleNamespace

from channels.generic.websocket import WebsocketConsumer
from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path
from django.views import View
from django.views.decorators.http import require_GET, require_POST
from rest_framework.views import APIView

from apps.accounts.access import workspace_page
from apps.accounts.api import WorkspaceAPIView
from apps.accounts.doors import PUBLIC, declare


@require_GET
def silent(request):
    return HttpResponse()


@require_GET
@workspace_page("document.veiw")
def misspelt(request, reader):
    return HttpResponse()


@workspace_page("document.view")
def any_method(request, reader):
    return HttpResponse()


@require_POST
@declare("document.view")
def says_but_does_not_ask(request):
    return HttpResponse()


@require_GET
@declare(PUBLIC)
def open_without_a_reason(request):
    return HttpResponse()


@require_POST
@workspace_page("document.add")
def good(request, reader):
    return HttpResponse()


class HalfDeclared(WorkspaceAPIView):
    action = {"GET": "document.view", "DELETE": "document.manage"}  # noqa: RUF012
    needs_too = {"GET": ("document.see",)}  # noqa: RUF012

    def get(self, request):
        raise NotImplementedError

    def post(self, request):
        raise NotImplementedError

    def replay(self, status, reference):
        raise NotImplementedError


class WithoutDoor(APIView):
    action = {"GET": "document.view"}  # noqa: RUF012

    def get(self, request):
        raise NotImplementedError


class ClassBased(View):
    def get(self, request):
        raise NotImplementedError


class Deaf(WebsocketConsumer):
    actions = frozenset({"ping", "subscribe.run"})
    permissions = {"ping": "signed_in", "shout": "document.shout"}  # noqa: RUF012


class Mute(WebsocketConsumer):
    permissions = {}  # noqa: RUF012


class Bare(admin.ModelAdmin):
    """Not on the operator's base."""


nested = [path("deep/", silent, name="deep")]
urlpatterns = [
    path("silent/", silent, name="silent"),
    path("misspelt/<slug:slug>/", misspelt, name="misspelt"),
    path("any/<slug:slug>/", any_method, name="any"),
    path("says/", says_but_does_not_ask, name="says"),
    path("open/", open_without_a_reason, name="open"),
    path("good/<slug:slug>/", good, name="good"),
    path("half", HalfDeclared.as_view(), name="half"),
    path("without-door", WithoutDoor.as_view(), name="without-door"),
    path("class-based", ClassBased.as_view(), name="class-based"),
    path("nested/", include((nested, "nested"))),
    path("nested/again/", include("allauth.account.urls")),
]
socket_routes = [path("ws/", Deaf.as_asgi()), path("mute/", Mute.as_asgi())]
TOOLS = {"fetch": SimpleNamespace(name="fetch"), "search": SimpleNamespace(name="search", permission="everything")}
