"""Handing the audit trail out, which is itself an event of it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import AuditEntry, User
from apps.accounts.services.audit import record


def begin_export(entries: QuerySet[AuditEntry], *, actor: User | None, asked: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """Record that these entries are handed out, and return exactly them: what comes later, this record too, is not among them."""
    newest = entries.order_by("-pk").values_list("pk", flat=True).first()
    wanted = entries.filter(pk__lte=newest) if newest else entries.none()
    record("audit.exported", actor=actor, asked=dict(asked), rows=wanted.order_by().count())
    return wanted
