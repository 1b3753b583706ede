"""The model that answers, as the page speaks of it."""

from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.types import Reader
from apps.documents.models import Document
from apps.gateway.selectors import get_chat_model

HOW_TO_CONNECT = "connecting-a-language-model.md"


@dataclass(frozen=True, slots=True)
class ModelNote:
    """`help_url` leads to the handbook's page on connecting a model, where none is connected and the reader has that page."""

    name: str
    is_embedded: bool
    help_url: str


def get_model_note(reader: Reader) -> ModelNote:
    model = get_chat_model(str(reader.workspace.pk))
    return ModelNote(model.name, model.is_embedded, _help_url(reader) if model.is_embedded else "")


def _help_url(reader: Reader) -> str:
    pages = Document.objects.visible_to(reader).filter(source_name__endswith=HOW_TO_CONNECT, current_version__isnull=False)
    page_id = pages.values_list("pk", flat=True).first()
    return reverse("documents:document", args=[reader.workspace.slug, page_id]) if page_id else ""
