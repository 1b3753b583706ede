from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_catalogue_version")]
    operations = [migrations.AddField("querylog", "run_id", models.UUIDField(null=True))]
