"""What the words' leg of a search reads: each passage's terms, and how common a term is in its workspace. See `analysis/terms.py`."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import SparseVectorField

from apps.accounts.models import Workspace
from apps.documents.models.passage import Passage
from apps.documents.models.version import DocumentVersion

LANGUAGE_CHARS = 8


class PassageTerms(models.Model):
    """A passage as one analyser's terms.

    `terms` are its different terms as `analysis.terms.in_workspace` numbers them, for the index that names candidates. `weights` gives
    each of them BM25's weight without the idf, so that the inner product with a question's idfs is the score. Only of what answers
    and of what is about to.
    """

    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Held here too, so that a search comes from a row to the document whose rights it asks by one look into an index.
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    analyser = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=LANGUAGE_CHARS, blank=True)
    # How many terms there are, each as often as it stands.
    length = models.PositiveIntegerField()
    # By which of the workspace's mean lengths the weights were made: `SearchStatistics.weighting`.
    weighting = models.PositiveIntegerField()
    terms = ArrayField(models.IntegerField())
    weights = SparseVectorField()

    class Meta:
        indexes: ClassVar = [
            # Each entry at once, and not in a list beside the index, through which every search would have to go.
            GinIndex(fields=["terms"], name="passage_terms", fastupdate=False),
            models.Index(fields=["workspace", "analyser", "weighting"], name="terms_to_weigh"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["passage", "analyser"], name="terms_once_an_analyser")]

    def __str__(self) -> str:
        return f"Terms of passage {self.passage_id}"


class SearchStatistics(models.Model):
    """What BM25 has to know of a workspace's passages, by analyser. Kept up from `TermChange` by services/statistics.py.

    `weighting` counts the changes of `mean_length`, by which weights are made; it follows the true mean where that has moved by
    more than a twentieth.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    analyser = models.PositiveSmallIntegerField()
    passage_count = models.PositiveBigIntegerField(default=0)
    length_sum = models.PositiveBigIntegerField(default=0)
    # How many passages are in each language.
    languages = models.JSONField(default=dict)
    mean_length = models.FloatField()
    weighting = models.PositiveIntegerField(default=1)
    # Whether every passage that answers has this analyser's terms. Until then the one before answers.
    is_whole = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "search statistics"
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "analyser"], name="statistics_once_an_analyser")]

    def __str__(self) -> str:
        return f"{self.passage_count:,} passages of {self.workspace_id}"


class TermCount(models.Model):
    """In how many passages of a workspace a term stands."""

    pk = models.CompositePrimaryKey("workspace_id", "analyser", "term")
    # No constraint, as thousands of rows are written at a time; who deletes a workspace deletes them too.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    analyser = models.PositiveSmallIntegerField()
    term = models.IntegerField()
    passage_count = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.term}: {self.passage_count:,}"


class TermChange(models.Model):
    """What a statement added to `PassageTerms` or took away: written by triggers in its transaction, so that nobody waits for a common term's count."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    analyser = models.PositiveSmallIntegerField()
    passage_count = models.IntegerField()
    length_sum = models.BigIntegerField()
    languages = models.JSONField()
    # In pairs.
    terms = ArrayField(models.IntegerField())
    counts = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"{self.passage_count:+,} passages of {self.workspace_id}"
