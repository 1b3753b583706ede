"""Each claim looks for the first job in turn that nobody reads, and so did it sort all that wait."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # People go on adding documents while the index is made.
    atomic = False
    dependencies = [("documents", "0008_version_attached")]
    operations = [
        # Where making it was broken off, it is there and not valid; then it is made anew.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS job_to_claim", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="ingestjob",
            index=models.Index(condition=models.Q(("state__in", ("queued", "running"))), fields=["turn", "created_at"], name="job_to_claim"),
        ),
    ]
