"""BM25 of our own in place of the tsvector: each passage's terms, how common they are, and triggers that note what comes and goes.

Passages that are there get their terms in the background (documents.reindex); by their vectors they are found meanwhile.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import pgvector.django
from django.db import migrations, models

# A row stays in one piece while it fits into a page: fetched from elsewhere, a candidate costs three times as much.
STORAGE = "ALTER TABLE documents_passageterms SET (toast_tuple_target = 8160)"
TRIGGERS = """
CREATE FUNCTION documents_note_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO documents_termchange (workspace_id, analyser, passage_count, length_sum, languages, terms, counts)
    SELECT totals.workspace_id, totals.analyser, sign * totals.passages, sign * totals.length, totals.languages, counted.terms, counted.counts
    FROM (
        SELECT workspace_id, analyser, sum(passages) AS passages, sum(length) AS length, jsonb_object_agg(language, sign * passages) AS languages
        FROM (SELECT workspace_id, analyser, language, count(*) AS passages, sum(length) AS length FROM changed GROUP BY 1, 2, 3) AS by_language
        GROUP BY 1, 2
    ) AS totals JOIN (
        SELECT workspace_id, analyser, array_agg(term) AS terms, array_agg(sign * passages) AS counts
        FROM (SELECT workspace_id, analyser, term, count(*)::integer AS passages FROM changed, unnest(changed.terms) AS term GROUP BY 1, 2, 3) AS by_term
        GROUP BY 1, 2
    ) AS counted USING (workspace_id, analyser);
    RETURN NULL;
END $$;
CREATE TRIGGER terms_added AFTER INSERT ON documents_passageterms REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_note_terms();
CREATE TRIGGER terms_removed AFTER DELETE ON documents_passageterms REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION documents_note_terms();
"""
NO_TRIGGERS = """
DROP TRIGGER terms_added ON documents_passageterms;
DROP TRIGGER terms_removed ON documents_passageterms;
DROP FUNCTION documents_note_terms;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_keys_end_with_membership"), ("documents", "0009_job_to_claim")]
    operations = [
        migrations.CreateModel(
            name="PassageTerms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("passage", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="documents.passage")),
                ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="documents.documentversion")),
                ("workspace", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace")),
                ("analyser", models.PositiveSmallIntegerField()),
                ("language", models.CharField(blank=True, max_length=8)),
                ("length", models.PositiveIntegerField()),
                ("weighting", models.PositiveIntegerField()),
                ("terms", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("weights", pgvector.django.SparseVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["terms"], name="passage_terms"),
                    models.Index(fields=["workspace", "analyser", "weighting"], name="terms_to_weigh"),
                ],
                "constraints": [models.UniqueConstraint(fields=("passage", "analyser"), name="terms_once_an_analyser")],
            },
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="SearchStatistics",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace")),
                ("analyser", models.PositiveSmallIntegerField()),
                ("passage_count", models.PositiveBigIntegerField(default=0)),
                ("length_sum", models.PositiveBigIntegerField(default=0)),
                ("languages", models.JSONField(default=dict)),
                ("mean_length", models.FloatField()),
                ("weighting", models.PositiveIntegerField(default=1)),
                ("is_whole", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name_plural": "search statistics",
                "constraints": [models.UniqueConstraint(fields=("workspace", "analyser"), name="statistics_once_an_analyser")],
            },
        ),
        migrations.CreateModel(
            name="TermCount",
            fields=[
                ("pk", models.CompositePrimaryKey("workspace_id", "analyser", "term", blank=True, editable=False, primary_key=True, serialize=False)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
                ("analyser", models.PositiveSmallIntegerField()),
                ("term", models.IntegerField()),
                ("passage_count", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="TermChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.workspace"
                    ),
                ),
                ("analyser", models.PositiveSmallIntegerField()),
                ("passage_count", models.IntegerField()),
                ("length_sum", models.BigIntegerField()),
                ("languages", models.JSONField()),
                ("terms", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("counts", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RemoveIndex(model_name="passage", name="passage_search"),
        migrations.RemoveField(model_name="passage", name="search"),
    ]
