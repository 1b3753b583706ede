from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import Group, Membership
from apps.documents.models.collection import Collection, Level
from apps.documents.models.document import Document
from apps.documents.querysets import CollectionGrantQuerySet, DocumentGrantQuerySet

_ONE_SUBJECT = Q(member__isnull=False, group__isnull=True) | Q(member__isnull=True, group__isnull=False)


class CollectionGrant(models.Model):
    """A collection opened to one member or one group, which leave with the workspace or the group."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="grants")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="collection_grants")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="collection_grants")
    level = models.CharField(max_length=10, choices=[(level.value, level.label) for level in Level if level != Level.NONE], default=Level.READ)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionGrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="collection_grant_one_subject", violation_error_message="Name a member or a group, not both."),
            models.CheckConstraint(condition=Q(level__in=[Level.READ, Level.WRITE, Level.MANAGE]), name="collection_grant_level_known"),
            models.UniqueConstraint(fields=["collection", "member"], name="collection_grant_member_once"),
            models.UniqueConstraint(fields=["collection", "group"], name="collection_grant_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} in {self.collection_id}"


class DocumentGrant(models.Model):
    """A restricted document opened to one member or one group, to read."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="grants")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="document_grants")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="document_grants")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentGrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ONE_SUBJECT, name="document_grant_one_subject", violation_error_message="Name a member or a group, not both."),
            models.UniqueConstraint(fields=["document", "member"], name="document_grant_member_once"),
            models.UniqueConstraint(fields=["document", "group"], name="document_grant_group_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.member_id or self.group_id}"
