"""The filters of the gateway's rows."""

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.types import Operator, Reader

M = TypeVar("M", bound=models.Model)


class OperatorsQuerySet(models.QuerySet[M], Generic[M]):
    """Rows that only operators see: what is behind the door."""

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class BudgetQuerySet(OperatorsQuerySet[Any]):
    def visible_to(self, reader: "Reader") -> Self:
        """Those that count for the reader's own calls: the person's, their groups', this key's, the workspace's."""
        own = models.Q(user=reader.user) | models.Q(workspace=reader.workspace) | models.Q(group__in=reader.groups)
        return self.filter(own | models.Q(api_key=reader.api_key_id) if reader.api_key_id else own)


class UsageQuerySet(OperatorsQuerySet[Any]):
    def visible_to(self, reader: "Reader") -> Self:
        """The reader's own calls in this workspace."""
        return self.filter(user_id=reader.user.pk, workspace_id=reader.workspace.pk)
