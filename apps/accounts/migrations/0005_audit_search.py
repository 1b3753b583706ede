"""What the audit trail is searched by most: the id of a request, a key, an address."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_audit_append_only"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("api_key_id__isnull", False)), fields=["api_key_id", "-id"], name="audit_key"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("address__isnull", False)), fields=["address", "-id"], name="audit_address"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(condition=models.Q(("request_id", ""), _negated=True), fields=["request_id"], name="audit_request"),
        ),
    ]
