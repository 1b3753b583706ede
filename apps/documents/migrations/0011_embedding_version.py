"""A vector's row names its version, so that a search comes from it to the document by one look; and has half the size.

The table is written anew, and its indexes; the vector index is made again after `migrate`.
"""

import django.db.models.deletion
import pgvector.django
from django.db import migrations, models

# Made by vector_index.py; an index of the old type would be made anew here, row by row.
DROP_VECTOR_INDEXES = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT indexname FROM pg_indexes WHERE tablename = 'documents_passageembedding' AND indexname LIKE 'embedding_hnsw_%' LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END $$
"""
FILL = """
UPDATE documents_passageembedding AS embedding SET version_id = passage.version_id FROM documents_passage AS passage WHERE passage.id = embedding.passage_id;
-- What the constraints had put off is settled before the table is changed again.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
STORAGE = "ALTER TABLE documents_passageembedding SET (toast_tuple_target = 8160)"


def version(**null: bool) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="documents.documentversion", **null)


class Migration(migrations.Migration):
    dependencies = [("documents", "0010_passage_terms")]
    operations = [
        migrations.RunSQL(DROP_VECTOR_INDEXES, migrations.RunSQL.noop),
        migrations.AddField(model_name="passageembedding", name="version", field=version(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(model_name="passageembedding", name="version", field=version()),
        migrations.AlterField(model_name="passageembedding", name="vector", field=pgvector.django.HalfVectorField()),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        # The unique index begins with the passage.
        migrations.AlterField(
            model_name="passageembedding",
            name="passage",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="embeddings", to="documents.passage"),
        ),
    ]
