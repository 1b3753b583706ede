"""Each upload looks for its bytes among the versions that are not published, and so did it read all versions there are."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # People go on adding documents while the index is made.
    atomic = False
    dependencies = [("documents", "0005_released_files")]
    operations = [
        # Where making it was broken off, it is there and not valid; then it is made anew.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS version_unread_bytes", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="documentversion",
            index=models.Index(condition=models.Q(("published_at", None)), fields=["sha256"], name="version_unread_bytes"),
        ),
    ]
