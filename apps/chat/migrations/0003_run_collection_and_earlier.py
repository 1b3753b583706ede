from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0002_run_api_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="collection_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="earlier",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
