"""What the search page is asked: read from its address, and written into the addresses that lead on from it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from apps.accounts.types import Reader
from apps.documents.analysis.languages import stored_language
from apps.documents.constants import TAG_MAX_CHARS
from apps.documents.listing import known_kind
from apps.documents.models import Access, Collection
from apps.documents.search import LIMIT_MAX, Filters, Sort
from apps.documents.search.question import QUESTION_CHARS_MAX
from apps.documents.selectors import get_collection
from apps.documents.tags import tidy_tag

PAGE = 10
AGES = {"week": ("Past week", 7), "month": ("Past month", 30), "year": ("Past year", 365)}


@dataclass(frozen=True, slots=True)
class Sought:
    """What is empty narrows nothing."""

    text: str = ""
    collection: Collection | None = None
    kind: str = ""
    language: str = ""
    tag: str = ""
    access: str = ""
    age: str = ""
    sort: Sort = Sort.RELEVANCE
    limit: int = PAGE

    @property
    def collection_id(self) -> str:
        return str(self.collection.pk) if self.collection else ""

    @property
    def is_asking(self) -> bool:
        return bool(self.text or self.is_narrowed)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.collection or self.kind or self.language or self.tag or self.access or self.age)

    @property
    def filters(self) -> Filters:
        since = timezone.now().date() - timedelta(days=AGES[self.age][1]) if self.age else None
        return Filters(
            collection_ids=frozenset((self.collection.pk,)) if self.collection else None,
            kinds=_only(self.kind),
            languages=_only(self.language),
            tags=_only(self.tag),
            access=_only(self.access),
            since=since,
        )


def read_sought(asked: QueryDict, reader: Reader) -> Sought:
    """Read the form. A collection that is not there is a 404; any other value that is not known narrows nothing."""
    chosen, access, age = (asked.get(name, "") for name in ("collection", "access", "age"))
    return Sought(
        text=" ".join(asked.get("q", "")[:QUESTION_CHARS_MAX].split()),
        collection=get_collection(reader, chosen) if chosen else None,
        kind=known_kind(asked.get("kind", "")),
        language=_code(asked.get("language", "")),
        tag=tidy_tag(asked.get("tag", "")[:TAG_MAX_CHARS]),
        access=access if access in Access.values else "",
        age=age if age in AGES else "",
        sort=Sort.DATE if asked.get("sort") == Sort.DATE else Sort.RELEVANCE,
        limit=_limit(asked.get("limit", "")),
    )


def search_address(reader: Reader, sought: Sought) -> str:
    address = reverse("documents-search:search", args=[reader.workspace.slug])
    fields = {
        "q": sought.text,
        "collection": sought.collection_id,
        "kind": sought.kind,
        "language": sought.language,
        "tag": sought.tag,
        "access": sought.access,
        "age": sought.age,
        "sort": "" if sought.sort == Sort.RELEVANCE else sought.sort.value,
        "limit": "" if sought.limit == PAGE else str(sought.limit),
    }
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in fields.items() if value})
    return f"{address}?{query.urlencode()}" if query else address


def more_address(reader: Reader, sought: Sought) -> str:
    return search_address(reader, replace(sought, limit=min(LIMIT_MAX, sought.limit + PAGE))) if sought.limit < LIMIT_MAX else ""


def _only(value: str) -> frozenset[str] | None:
    return frozenset((value,)) if value else None


def _code(written: str) -> str:
    return stored_language(written) if len(written) <= 3 and written.isascii() and written.isalpha() else ""


def _limit(written: str) -> int:
    return min(LIMIT_MAX, max(PAGE, int(written))) if written.isascii() and written.isdigit() and len(written) < 4 else PAGE
