from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # The log of calls is written all the time: nobody waits for its new index.
    atomic = False
    dependencies = [("gateway", "0003_query_log_run")]
    operations = [
        # Where making it was broken off, it is there and not valid; then it is made anew.
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS query_run", migrations.RunSQL.noop),
        AddIndexConcurrently("querylog", models.Index(fields=["run_id"], name="query_run", condition=models.Q(run_id__isnull=False))),
    ]
