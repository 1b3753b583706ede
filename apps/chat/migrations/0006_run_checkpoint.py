from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0005_conversation_summary"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="checkpoint",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
    ]
