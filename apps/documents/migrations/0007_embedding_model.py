"""Which vectors another model made was asked of every vector there is, and each of them is as large as a page of text."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Left


class Migration(migrations.Migration):
    # Vectors go on being written while the index is made.
    atomic = False
    dependencies = [("documents", "0006_unread_bytes")]
    operations = [
        # Where making it was broken off, it is there and not valid; then it is made anew.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS embedding_model", migrations.RunSQL.noop),
        AddIndexConcurrently(model_name="passageembedding", index=models.Index(Left("model", 200), name="embedding_model")),
    ]
