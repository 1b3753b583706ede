"""`POST /api/v1/search`: a question in, the passages that answer it out."""

from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.limits import limit_searching
from apps.documents.analysis.languages import STORED_LANGUAGES, stored_language
from apps.documents.constants import TAG_MAX_CHARS
from apps.documents.kinds import KIND_LABELS
from apps.documents.models import Access
from apps.documents.results import results_output
from apps.documents.search import LIMIT_MAX, Filters, Sort, search_marked
from apps.documents.search.question import QUESTION_CHARS_MAX
from apps.documents.services.connection import let_go
from apps.documents.tags import tidy_tag

_VALUES_MAX = 1000
_SETS = {"collections": "collection_ids", "documents": "document_ids", "kinds": "kinds", "languages": "languages", "tags": "tags", "access": "access"}


# Any, here and below: what a field holds is the field's own affair.
def _several(child: serializers.Field[Any, Any, Any, Any]) -> serializers.ListField:
    return serializers.ListField(child=child, required=False, allow_empty=False, max_length=_VALUES_MAX)


class LanguageField(serializers.ChoiceField):
    """A code of a variety, such as `nn`, is taken for that of its language, as passages have it."""

    # Any: whatever was sent.
    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(stored_language(data) if isinstance(data, str) else data)


class FiltersInput(serializers.Serializer[Any]):
    """What is not there narrows nothing. What nobody may see, or is not there, matches nothing."""

    collections = _several(serializers.UUIDField())
    documents = _several(serializers.UUIDField())
    kinds = _several(serializers.ChoiceField(choices=sorted(KIND_LABELS)))
    languages = _several(LanguageField(choices=STORED_LANGUAGES))
    tags = _several(serializers.CharField(max_length=TAG_MAX_CHARS))
    access = _several(serializers.ChoiceField(choices=Access.choices))
    since = serializers.DateField(required=False)
    before = serializers.DateField(required=False)


class SearchInput(serializers.Serializer[Any]):
    """`query` may have the marks of the search page."""

    query = serializers.CharField(required=False, allow_blank=True, default="", max_length=QUESTION_CHARS_MAX)
    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=LIMIT_MAX)
    sort = serializers.ChoiceField(choices=[one.value for one in Sort], required=False, default=Sort.RELEVANCE.value)
    filters = FiltersInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["query"] and not attrs.get("filters"):
            raise serializers.ValidationError({"query": "Say what to look for, in words or by filters."})
        return attrs


class SearchView(WorkspaceAPIView):
    action: ClassVar[dict[str, str]] = {"POST": "document.view"}

    def post(self, request: Request) -> Response:
        answer = self._answer(request)
        self.finish(status.HTTP_200_OK, "")
        return answer

    def replay(self, status: int, reference: str) -> Response:
        """A search has no effect that a repeat could double, so it is done again."""
        return self._answer(self.request)

    def _answer(self, request: Request) -> Response:
        asked = SearchInput(data=request.data)
        asked.is_valid(raise_exception=True)
        limit_searching(self.reader)
        data = asked.validated_data
        filters = _filters(data.get("filters", {}))
        # The question is embedded meanwhile.
        let_go()
        results = async_to_sync(search_marked)(self.reader, data["query"], limit=data["limit"], filters=filters, sort=Sort(data["sort"]))
        return Response(results_output(self.reader, results))


def _filters(data: dict[str, Any]) -> Filters:
    sets: dict[str, Any] = {field: frozenset(data[name]) for name, field in _SETS.items() if name in data}
    if "tags" in sets:
        sets["tags"] = frozenset(map(tidy_tag, sets["tags"]))
    return Filters(**sets, since=data.get("since"), before=data.get("before"))
