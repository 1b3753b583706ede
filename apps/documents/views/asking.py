"""Asking before something is taken from people: the same form again, with what will happen above it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.types import Reader
from apps.documents.effects import Question

_CONFIRMED = "confirmed"


def ask_first(request: HttpRequest, reader: Reader, question: Question | None, back: str) -> HttpResponse | None:
    """Return the page that asks, or None where there is nothing to ask or it was answered."""
    if question is None or request.POST.get(_CONFIRMED) == "yes":
        return None
    fields = [(name, value) for name, values in request.POST.lists() if name not in ("csrfmiddlewaretoken", _CONFIRMED) for value in values]
    context = {"reader": reader, "workspace": reader.workspace, "question": question, "fields": fields, "back": back}
    return render(request, "documents/confirm.html", context)
