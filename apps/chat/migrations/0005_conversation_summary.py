import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0004_conversation_is_listed"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="summarised_until",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="chat.message"),
        ),
        migrations.AddField(
            model_name="conversation",
            name="summary",
            field=models.TextField(blank=True, db_default=""),
        ),
    ]
