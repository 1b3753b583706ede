from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0003_run_collection_and_earlier"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="is_listed",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RemoveIndex(
            model_name="conversation",
            name="conversation_recent",
        ),
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["owner", "workspace", "-updated_at"],
                condition=models.Q(is_listed=True),
                name="conversation_listed",
            ),
        ),
    ]
