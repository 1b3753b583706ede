from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_conversation_is_listed"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="checkpoint",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
    ]
