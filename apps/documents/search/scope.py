"""What a reader may find, as SQL that stands inside every query for candidates: rights and filters narrow a search before anything is ranked.

The rule itself is `Document.objects.visible_to(reader)`, compiled by Django. It is used in two forms: as the versions that may
be found, to begin from them where they are few; and as a condition on one row, where an index names candidates and each is
asked in the order of its score until there are enough. The tables that are searched hold no right of their own, so a policy
of the database on documents covers them too, and takes no index away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q

from apps.accounts.cache import cached_for
from apps.accounts.errors import WrongKey
from apps.accounts.selectors.readers import renew
from apps.accounts.types import Reader
from apps.common.errors import NotFound
from apps.documents.models import Collection, Document
from apps.documents.querysets import DocumentQuerySet
from apps.documents.search.statements import fetch
from apps.documents.search.types import Filters

# Few enough to be compared one by one: about 20 ms.
FEW_PASSAGES = 20_000
# So few that no index is worth asking.
VERY_FEW_PASSAGES = 1_000
_HAS_TEXT = "EXISTS (SELECT 1 FROM documents_passage AS passage WHERE passage.id = {passage} AND {conditions} OFFSET 0)"
_HAS_TERMS = """
    EXISTS (SELECT 1 FROM documents_passageterms AS held WHERE held.passage_id = {passage} AND held.analyser = %s AND {conditions} OFFSET 0)
"""
# So many documents are counted at most.
_COUNTED = 4_000
_COUNT_SECONDS = 60
_COUNT = """
    SELECT coalesce(sum(passage_count), 0), count(*) FROM (
        SELECT version.passage_count FROM ({versions}) AS visible(version_id)
        JOIN documents_documentversion AS version ON version.id = visible.version_id LIMIT %s
    ) AS counted
"""


# Any: values that the database takes.
@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with its values. Only names and constants of this package are ever put into the text."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be found: by whom, narrowed by what."""

    reader: Reader
    filters: Filters
    versions: Sql
    # On a row of terms: its language, and words that must not stand in it.
    terms_conditions: tuple[Sql, ...] = field(default=())
    # On a passage: words that must stand in it as they are written, or must not.
    text_conditions: tuple[Sql, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be found, whatever is in the library."""
        return not self.versions.text

    def sees(self, alias: str) -> Sql:
        """The condition that the version of a row is one that may be found. `OFFSET 0` keeps it a look at each row, in the row's order."""
        return Sql(f'EXISTS ({self.versions.text} AND "documents_document"."current_version_id" = {alias}.version_id OFFSET 0)', self.versions.values)

    def allows_terms(self, alias: str) -> Sql:
        return join_conditions([Sql(one.text.replace("row.", f"{alias}."), one.values) for one in self.terms_conditions])

    def allows_text(self, passage: str) -> Sql:
        """The conditions on the passage whose id `passage` names."""
        if not self.text_conditions:
            return Sql("TRUE")
        inner = join_conditions(self.text_conditions)
        return Sql(_HAS_TEXT.format(passage=passage, conditions=inner.text), inner.values)

    def allows_passage(self, passage: str, analyser: int) -> Sql:
        """All conditions but the rights, on the passage whose id `passage` names."""
        conditions = [self.allows_text(passage)]
        if self.terms_conditions:
            inner = self.allows_terms("held")
            conditions.append(Sql(_HAS_TERMS.format(passage=passage, conditions=inner.text), (analyser, *inner.values)))
        return join_conditions(conditions)


def join_conditions(conditions: Sequence[Sql]) -> Sql:
    kept = [one for one in conditions if one.text != "TRUE"]
    return Sql(" AND ".join(one.text for one in kept) or "TRUE", tuple(value for one in kept for value in one.values))


def make_scope(reader: Reader, filters: Filters, terms_conditions: Sequence[Sql] = (), text_conditions: Sequence[Sql] = ()) -> Scope:
    return Scope(reader, filters, _compile(reader, filters), tuple(terms_conditions), tuple(text_conditions))


def renew_scope(scope: Scope) -> Scope:
    """Return the scope by the reader's rights of now: itself while they stand, an empty one for who may no longer come in."""
    try:
        reader = renew(scope.reader)
    except (NotFound, WrongKey):
        return replace(scope, versions=Sql(""))
    return scope if reader is scope.reader else make_scope(reader, scope.filters, scope.terms_conditions, scope.text_conditions)


@lru_cache(maxsize=500)
def _compile(reader: Reader, filters: Filters) -> Sql:
    """Return the versions that may be found. Nothing is asked of the database here: the same reader and filters are the same SQL.

    Remembered, because to compile it takes Django as long as Postgres takes to answer it.
    """
    documents = narrow(Document.objects.visible_to(reader).filter(current_version__isnull=False), reader, filters)
    try:
        text, values = documents.order_by().values("current_version").query.sql_with_params()
    except EmptyResultSet:
        return Sql("")
    return Sql(text, tuple(values))


def narrow(documents: DocumentQuerySet, reader: Reader, filters: Filters) -> DocumentQuerySet:
    """Keep of visible documents those that the filters ask for."""
    if filters.document_ids is not None:
        documents = documents.filter(pk__in=filters.document_ids)
    if filters.collection_ids is not None or filters.collections is not None:
        documents = documents.filter(collection__in=_named_collections(reader, filters))
    if filters.kinds is not None:
        documents = documents.filter(kind__in=filters.kinds)
    if filters.access is not None:
        documents = documents.filter(access__in=filters.access)
    if filters.tags is not None:
        documents = documents.filter(tags__contains=sorted(filters.tags))
    if filters.since is not None:
        documents = documents.filter(updated_at__gte=datetime.combine(filters.since, time.min, UTC))
    if filters.before is not None:
        documents = documents.filter(updated_at__lt=datetime.combine(filters.before, time.min, UTC))
    for word in filters.title:
        documents = documents.filter(title__icontains=word)
    return documents


# Any: a subquery of ids.
def _named_collections(reader: Reader, filters: Filters) -> Any:
    """Only collections that the reader sees: what is in a hidden one is not to be told by asking for its id or its name."""
    named = Collection.objects.visible_to(reader)
    if filters.collection_ids is not None:
        named = named.filter(pk__in=filters.collection_ids)
    if filters.collections is not None:
        by_name = Q()
        for name in filters.collections:
            by_name |= Q(name__iexact=name) | Q(slug=name.lower())
        named = named.filter(by_name)
    return named.order_by().values("pk")


def count_passages(scope: Scope) -> int:
    """Return about how many passages may be found; FEW_PASSAGES + 1 stands for more. A plan hangs on it, and no result does.

    Kept for a minute, for these rights and filters: of a reader who sees little of a large library it takes a look at each document.
    """
    name = sha256(repr(scope.filters).encode()).hexdigest()
    return cached_for(scope.reader, f"search-scope.{name}", lambda: _count(scope), seconds=_COUNT_SECONDS)


def _count(scope: Scope) -> int:
    ((passages, documents),) = fetch(_COUNT.format(versions=scope.versions.text), [*scope.versions.values, _COUNTED])
    return FEW_PASSAGES + 1 if documents == _COUNTED else min(int(passages), FEW_PASSAGES + 1)
