"""What came with a version of a message is held by it until it is published. Empty for all that were read before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_embedding_model")]
    operations = [migrations.AddField("documentversion", "attached", models.JSONField(blank=True, null=True))]
