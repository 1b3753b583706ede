"""One family of errors, told in the shape that was asked for, and never as a traceback."""

import json
import logging

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from apps.common import errors, errors_page
from apps.common.parsers import FlatJSONParser
from apps.common.problems import translate

pytestmark = pytest.mark.django_db


def too_large(request):
    raise errors.TooLarge("At most 50 MB.")


def broken(request):
    raise RuntimeError("secret words")


class Api(APIView):
    authentication_classes = permission_classes = ()

    def get(self, request):
        raise errors.Conflict("Somebody was first.", holder="other")

    def post(self, request):
        raise drf.ValidationError({"question": ["This field is required."]})

    def put(self, request):
        raise drf.Throttled(wait=3)


urlpatterns = [path("large/", too_large), path("broken/", broken), path("api/thing", Api.as_view()), path("fine/", lambda request: HttpResponse("fine"))]
handler500 = "apps.common.errors_page.server_error"
handler404 = "apps.common.errors_page.not_found"


@pytest.fixture(autouse=True)
def _own_urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def visitor(client):
    client.raise_request_exception = False
    return client


def test_a_page_says_what_happened_with_the_right_status(visitor):
    response = visitor.get("/large/")
    assert response.status_code == 413
    assert "At most 50 MB." in response.content.decode()
    assert "<html" in response.content.decode()


def test_a_fragment_is_a_piece_and_no_page(visitor):
    body = visitor.get("/large/", headers={"HX-Request": "true"}).content.decode()
    assert "At most 50 MB." in body
    assert "<html" not in body


def test_a_program_gets_problem_details(visitor):
    response = visitor.get("/large/", headers={"Accept": "application/json", "X-Request-Id": "abcdef-123456"})
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Too large",
        "status": 413,
        "detail": "At most 50 MB.",
        "code": "too_large",
        "request_id": "abcdef-123456",
    }


def test_the_api_speaks_the_same_shape_and_adds_what_the_error_knows(visitor):
    body = visitor.get("/api/thing").json()
    assert (body["status"], body["code"], body["holder"]) == (409, "conflict", "other")


def test_fields_that_are_wrong_are_named(visitor):
    response = visitor.post("/api/thing", {})
    assert response.status_code == 422
    assert response.json()["errors"] == {"question": ["This field is required."]}


def test_a_limit_says_when_to_come_back(visitor):
    response = visitor.put("/api/thing")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "3")


def test_a_method_that_is_not_there_is_405(visitor):
    assert visitor.delete("/api/thing").json()["status"] == 405


def test_what_nobody_expected_is_logged_and_not_shown(visitor):
    logging.disable(logging.CRITICAL)
    response = visitor.get("/broken/")
    logging.disable(logging.NOTSET)
    assert response.status_code == 500
    assert "secret words" not in response.content.decode()
    assert "Traceback" not in response.content.decode()


def test_the_last_word_comes_even_where_the_page_itself_fails(monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise RuntimeError("template")

    monkeypatch.setattr(errors_page, "render", fail)
    response = errors_page.server_error(RequestFactory().get("/"))
    assert (response.status_code, response.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert [record.message for record in caplog.records] == ["error_page.failed"]


def test_an_address_that_is_not_there_is_404_in_words(visitor):
    response = visitor.get("/nowhere/")
    assert response.status_code == 404
    assert "It does not exist, or you may not see it." in response.content.decode()


def test_a_nul_in_the_address_is_refused_before_a_query_fails_on_it(visitor):
    assert visitor.get("/fine/?state=%00").status_code == 400


def test_a_form_that_is_too_large_is_told_the_limit(visitor):
    response = errors_page.bad_request(RequestFactory().post("/large/"), RequestDataTooBig())
    assert response.status_code == 413
    assert "2,097,152 bytes" in response.content.decode()


def test_json_that_is_nested_too_deeply_is_the_senders_mistake():
    request = APIRequestFactory().post("/api/thing", "[" * 100_000, content_type="application/json")
    parsed = APIView(parser_classes=[FlatJSONParser]).initialize_request(request)
    with pytest.raises(drf.ParseError):
        _ = parsed.data


def test_a_title_is_no_pattern():
    assert translate(drf.UnsupportedMediaType("text/plain")).title == "Unsupported Media Type"


def test_a_strange_request_id_is_replaced(visitor):
    assert visitor.get("/fine/", headers={"X-Request-Id": "a b\tc"}).headers["X-Request-Id"] != "a b\tc"
    assert visitor.get("/fine/", headers={"X-Request-Id": "trace-12345678"}).headers["X-Request-Id"] == "trace-12345678"


def test_each_request_is_one_log_line_without_its_text(visitor, caplog):
    with caplog.at_level(logging.INFO, logger="apps.common.middleware"):
        visitor.get("/fine/?q=private")
        visitor.get("/health/live")
    lines = [record for record in caplog.records if record.message == "request.answered"]
    assert [(line.status, line.route) for line in lines] == [(200, "fine/")]
    assert "private" not in json.dumps(lines[0].__dict__, default=str)


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (Http404(), 404),
        (PermissionDenied(), 403),
        (drf.NotAuthenticated(), 401),
        (drf.PermissionDenied("CSRF Failed: CSRF token missing."), 403),
        (drf.ParseError(), 400),
        (drf.UnsupportedMediaType("text/csv"), 415),
        (errors.TimedOut(), 504),
    ],
)
def test_errors_of_the_framework_keep_their_status(raised, status):
    assert translate(raised).status == status


def test_a_body_that_is_too_large_is_told_in_our_words():
    class RequestTooLarge(drf.APIException):
        status_code = 413

    assert translate(RequestTooLarge("x")).code == "too_large"


def test_the_unknown_is_not_translated():
    assert translate(RuntimeError()) is None


def test_the_remaining_handlers_answer_with_their_status():
    request = RequestFactory().get("/")
    assert errors_page.bad_request(request, Exception()).status_code == 400
    assert errors_page.forbidden(request, Exception()).status_code == 403
    assert errors_page.csrf_failure(request).status_code == 403


def test_an_api_error_outside_the_family_goes_on_to_the_last_handler():
    from apps.common.problems import handle_api_exception

    request = Api().initialize_request(APIRequestFactory().get("/"))
    assert handle_api_exception(RuntimeError(), {"request": request}) is None
    assert handle_api_exception(drf.NotAuthenticated(), {"request": request}).headers["WWW-Authenticate"] == "Session"
