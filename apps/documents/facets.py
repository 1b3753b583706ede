"""What a search can be narrowed by: only what stands in documents that the reader sees."""

from dataclasses import dataclass
from typing import Any

from django.conf.locale import LANG_INFO
from django.db.models import F, Func

from apps.accounts.cache import cached_for, stamp_of
from apps.accounts.types import Reader
from apps.documents.kinds import kind_label
from apps.documents.models import Document, PassageTerms
from apps.documents.selectors import list_collections

_SECONDS = 60
TAGS_OFFERED = 100
# Languages are those of the documents that changed last; a language that only older ones have is asked for by its mark.
_LOOKED_AT = 500

# A value and what it is called.
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Facets:
    collections: list[Choice]
    kinds: list[Choice]
    languages: list[Choice]
    tags: list[Choice]


def get_facets(reader: Reader) -> Facets:
    """Return what there is to choose from, as it stood at most a minute ago; what the library's bell rang for counts at once."""
    name = f"search-facets.{stamp_of(f'library.{reader.workspace.pk}')}"
    kept = cached_for(reader, name, lambda: _look(reader), seconds=_SECONDS)
    return Facets(
        [(str(one.pk), one.name) for one in list_collections(reader)],
        sorted(((kind, kind_label(kind)) for kind in kept["kinds"]), key=_by_name),
        sorted(((language, name_language(language)) for language in kept["languages"]), key=_by_name),
        [(tag, tag) for tag in kept["tags"]],
    )


# Any: JSON, as the cache keeps it.
def _look(reader: Reader) -> dict[str, Any]:
    visible = Document.objects.visible_to(reader).filter(current_version__isnull=False).order_by()
    latest = visible.order_by("-updated_at").values("current_version")[:_LOOKED_AT]
    spoken = PassageTerms.objects.filter(version__in=latest, passage__ordinal=0).exclude(language="")
    tags = visible.annotate(tag=Func(F("tags"), function="unnest")).values_list("tag", flat=True).distinct().order_by("tag")
    return {
        "kinds": list(visible.values_list("kind", flat=True).distinct()),
        "languages": list(spoken.order_by().values_list("language", flat=True).distinct()),
        "tags": list(tags[:TAGS_OFFERED]),
    }


def name_language(code: str) -> str:
    """Return the English name of a language; a code that has none is its own name."""
    return str(LANG_INFO.get(code, {}).get("name", code)) if code != "zh" else "Chinese"


def _by_name(choice: Choice) -> str:
    return choice[1].casefold()
