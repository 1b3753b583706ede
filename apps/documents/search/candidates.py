"""Both legs in SQL, and the only place that names candidates. Each is narrowed by the scope inside the query.

Words: an index of terms names the passages that hold any of the question's; the stored weights and the question's idfs give the
score by one inner product. Where common words would name too many, the rarest alone name them, and all are scored. Where what
may be found is little beside that, it is gone through instead, from its documents.

Meaning: the vector index, which goes on until enough of what it meets may be found; or, where that is little, all of it is
compared. Whatever either leg found gets both scores, in the same statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.documents.analysis.terms import in_workspace
from apps.documents.analysis.weights import sparse_vector
from apps.documents.search.scope import Scope, Sql, join_conditions
from apps.documents.search.statements import fetch
from apps.documents.search.types import Candidates

# The vector index looks at so many neighbours at a time, more of them the more vectors there are, and goes on so far for what may be found.
EF_SEARCH, _EF_MAX, _VECTORS_AN_EF = 100, 400, 500
SCAN_TUPLES = 20_000
# So few passages that hold a term are each looked at.
_RARE = 100
# Of more, they are looked at until so many may be found: how far that was tells which part of all may be.
_SAMPLE = 20
# What is as common is taken to be so in what anybody sees: the index takes a while to name it all.
_EVERYWHERE = 20_000
# `OFFSET 0` keeps conditions from being put together: inside, only the index of terms can answer, whatever the planner believes of
# the tables, and outside each row is asked in turn, and no more of them than are wanted.
_HOLDING = """
    SELECT asked.term, CASE
        WHEN known.passage_count > %s THEN known.passage_count
        WHEN known.passage_count > %s THEN (
            SELECT CASE WHEN count(*) < %s THEN count(*) ELSE count(*) * known.passage_count / max(place)::float8 END FROM (
                SELECT named.place FROM (
                    SELECT held.version_id, row_number() OVER () AS place
                    FROM (SELECT * FROM documents_passageterms WHERE terms @> ARRAY[asked.term] OFFSET 0) AS held
                ) AS named WHERE {sees_named} LIMIT %s
            ) AS met
        )
        ELSE (
            SELECT count(*) FROM (SELECT * FROM documents_passageterms WHERE terms @> ARRAY[asked.term] OFFSET 0) AS held
            WHERE held.workspace_id = %s AND held.analyser = %s AND {sees}
        )
    END
    FROM unnest(%s::integer[]) AS asked(term)
    LEFT JOIN documents_termcount AS known ON known.workspace_id = %s AND known.analyser = %s AND known.term = asked.term
"""
_HOLDING_BY_DOCUMENT = """
    SELECT asked.term, count(*) FROM ({versions}) AS visible(version_id)
    JOIN documents_passageterms AS held ON held.version_id = visible.version_id AND held.analyser = %s
    JOIN unnest(%s::integer[]) AS asked(term) ON held.terms @> ARRAY[asked.term] GROUP BY asked.term
"""
_BY_INDEX = """
    SELECT named.passage_id, named.distance FROM (
        SELECT held.passage_id, held.version_id, held.workspace_id, held.analyser, held.weights <#> %s::sparsevec AS distance
        FROM documents_passageterms AS held WHERE held.terms && %s::integer[] AND {terms} ORDER BY distance, held.passage_id OFFSET 0
    ) AS named WHERE named.workspace_id = %s AND named.analyser = %s AND {sees} AND {text} ORDER BY named.distance, named.passage_id LIMIT %s
"""
_BY_DOCUMENT = """
    SELECT named.passage_id, named.distance FROM ({versions}) AS visible(version_id) CROSS JOIN LATERAL (
        SELECT held.passage_id, held.weights <#> %s::sparsevec AS distance FROM documents_passageterms AS held
        WHERE held.version_id = visible.version_id AND held.analyser = %s AND held.terms && %s::integer[] AND {terms} OFFSET 0
    ) AS named WHERE {text} ORDER BY named.distance, named.passage_id LIMIT %s
"""
_NEAREST = """
    SELECT near.passage_id FROM documents_passageembedding AS near
    WHERE near.model = %s AND {conditions} ORDER BY near.vector::halfvec({dimension}) <=> %s::halfvec({dimension}) LIMIT %s
"""
_COMPARED = """
    SELECT near.passage_id FROM ({versions}) AS visible(version_id) CROSS JOIN LATERAL (
        SELECT held.passage_id, held.vector <=> %s::halfvec({dimension}) AS distance FROM documents_passageembedding AS held
        WHERE held.version_id = visible.version_id AND held.model = %s OFFSET 0
    ) AS near WHERE {conditions} ORDER BY near.distance, near.passage_id LIMIT %s
"""
# Scalar subqueries, so that each row is looked up by its key, whatever the planner believes of the tables. Two statements in one
# message are one transaction: the settings hold for the second, and for nothing after it.
_SCORED = """
    SELECT set_config('hnsw.ef_search', %s, true), set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.max_scan_tuples', %s, true),
        set_config('enable_seqscan', %s, true);
    WITH near AS MATERIALIZED ({near})
    SELECT asked.id, asked.is_near,
        (SELECT -(held.weights <#> %s::sparsevec) FROM documents_passageterms AS held WHERE held.passage_id = asked.id AND held.analyser = %s),
        (SELECT 1 - (held.vector <=> %s::halfvec({dimension})) FROM documents_passageembedding AS held WHERE held.passage_id = asked.id AND held.model = %s)
    FROM (
        SELECT passage_id, TRUE FROM near
        UNION ALL SELECT other.id, FALSE FROM unnest(%s::bigint[]) AS other(id) WHERE other.id NOT IN (SELECT passage_id FROM near)
    ) AS asked(id, is_near)
"""
_NOTHING = Sql("SELECT NULL::bigint AS passage_id WHERE FALSE")
_LIKENESS = """
    SELECT best.passage_id, near.passage_id, 1 - (near.vector <=> best.vector)
    FROM documents_passageembedding AS best, documents_passageembedding AS near
    WHERE best.passage_id = ANY(%s) AND best.model = %s AND near.passage_id = ANY(%s) AND near.model = %s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as both legs take it: its half of BM25 by an analyser, its vector by a model, and how many each is to find."""

    analyser: int
    weights: Mapping[int, float]
    limit: int
    model: str = ""
    vector: Sequence[float] = ()
    # How many neighbours the vector index looks at.
    width: int = 0


@dataclass(frozen=True, slots=True)
class Scored:
    """Both scores of passages: BM25, and the cosine where there is a vector. `near` are those that the meaning found, the nearest first."""

    both: Mapping[int, tuple[float, float | None]]
    near: Candidates


def count_holding(scope: Scope, analyser: int, terms: frozenset[int], *, is_little: bool) -> dict[int, int]:
    """Return about how many passages that may be found hold each term, those left out that none does.

    Hidden ones are not counted, so a word that stands only in what is hidden from the reader is as unknown as one that nobody wrote. Of a
    common term it is the part of all that the first of them tell, and of the commonest all of them. With `is_little`, of a scope that is
    little beside its workspace, each of its passages is asked instead. A term without a count is new: what was published a moment ago
    is found, counted or not.
    """
    workspace = scope.reader.workspace.pk
    known = dict(zip(in_workspace(terms, workspace), terms, strict=True))
    if is_little:
        rows = fetch(_HOLDING_BY_DOCUMENT.format(versions=scope.versions.text), [*scope.versions.values, analyser, list(known)])
        return {known[term]: count for term, count in rows}
    sees, named = scope.sees("held"), scope.sees("named")
    values = [_EVERYWHERE, _RARE, _SAMPLE, *named.values, _SAMPLE, workspace, analyser, *sees.values, list(known), workspace, analyser]
    rows = fetch(_HOLDING.format(sees=sees.text, sees_named=named.text), values)
    return {known[term]: round(count) for term, count in rows if count}


def find_by_index(scope: Scope, asked: Asked, naming: Sequence[int]) -> Candidates:
    """Return the passages with the best scores among those that hold any of the terms `naming`."""
    terms, sees, text = scope.allows_terms("held"), scope.sees("named"), scope.allows_text("named.passage_id")
    query = _BY_INDEX.format(terms=terms.text, sees=sees.text, text=text.text)
    workspace = scope.reader.workspace.pk
    named = [sparse_vector(asked.weights), in_workspace(naming, workspace), *terms.values, workspace, asked.analyser]
    return [(pk, -distance) for pk, distance in fetch(query, [*named, *sees.values, *text.values, asked.limit])]


def find_by_document(scope: Scope, asked: Asked) -> Candidates:
    """The same from the documents: of all passages that may be found and hold any of the terms."""
    terms, text = scope.allows_terms("held"), scope.allows_text("named.passage_id")
    query = _BY_DOCUMENT.format(versions=scope.versions.text, terms=terms.text, text=text.text)
    holding = in_workspace(asked.weights, scope.reader.workspace.pk)
    values = [*scope.versions.values, sparse_vector(asked.weights), asked.analyser, holding, *terms.values, *text.values, asked.limit]
    return [(pk, -distance) for pk, distance in fetch(query, values)]


def width_for(vectors: int) -> int:
    """Return how many neighbours to look at among so many vectors: of a million, a hundred would miss a fifth of the ten nearest."""
    return min(_EF_MAX, max(EF_SEARCH, vectors // _VECTORS_AN_EF))


def score_nearest(scope: Scope, asked: Asked, others: Sequence[int]) -> Scored:
    """Score the nearest passages by the vector index, and `others`. Fewer near ones than were to be found: there are no more, or it gave up."""
    conditions = join_conditions([scope.sees("near"), scope.allows_passage("near.passage_id", asked.analyser)])
    query, vector = _NEAREST.format(dimension=len(asked.vector), conditions=conditions.text), _halfvec(asked.vector)
    return _score(Sql(query, (asked.model, *conditions.values, vector, asked.limit)), asked, vector, others)


def score_compared(scope: Scope, asked: Asked, others: Sequence[int]) -> Scored:
    """The same of all passages that may be found, each compared."""
    conditions = scope.allows_passage("near.passage_id", asked.analyser)
    query = _COMPARED.format(versions=scope.versions.text, dimension=len(asked.vector), conditions=conditions.text)
    vector = _halfvec(asked.vector)
    near = Sql(query, (*scope.versions.values, vector, asked.model, *conditions.values, asked.limit))
    # The planner knows how many documents a collection has on average; one of few would be gone through beside all others' documents.
    return _score(near, asked, vector, others, goes_by_index=True)


def score_others(asked: Asked, others: Sequence[int]) -> Scored:
    """Score what the words found, and nothing besides."""
    return _score(_NOTHING, asked, _halfvec(asked.vector), others)


def compare_with(best: Sequence[int], ids: Sequence[int], model: str) -> dict[int, dict[int, float]]:
    """Return the cosine of each passage to each of the best ones, by those."""
    likeness: dict[int, dict[int, float]] = {}
    for one, other, cosine in fetch(_LIKENESS, [list(best), model, list(ids), model]):
        likeness.setdefault(one, {})[other] = cosine
    return likeness


def _score(near: Sql, asked: Asked, vector: str, others: Sequence[int], *, goes_by_index: bool = False) -> Scored:
    query = _SCORED.format(near=near.text, dimension=len(asked.vector))
    settings = [str(max(asked.width, asked.limit)), str(SCAN_TUPLES), "off" if goes_by_index else "on"]
    values = [*settings, *near.values, sparse_vector(asked.weights), asked.analyser, vector, asked.model, list(others)]
    rows = fetch(query, values, statements=2)
    found = [(pk, cosine) for pk, is_near, _words, cosine in rows if is_near]
    both = {pk: (words or 0.0, cosine) for pk, _is_near, words, cosine in rows}
    return Scored(both, sorted(found, key=lambda one: (-one[1], one[0])))


def _halfvec(vector: Sequence[float]) -> str:
    return f"[{','.join(f'{number:.6g}' for number in vector)}]"
