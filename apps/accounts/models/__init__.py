from apps.accounts.models.api_key import ApiKey
from apps.accounts.models.audit import AuditEntry
from apps.accounts.models.group import Group, GroupMember
from apps.accounts.models.idempotency import IdempotencyRecord
from apps.accounts.models.membership import Membership
from apps.accounts.models.role import Role, RoleName
from apps.accounts.models.user import OperatorRole, User
from apps.accounts.models.workspace import Workspace

__all__ = ["ApiKey", "AuditEntry", "Group", "GroupMember", "IdempotencyRecord", "Membership", "OperatorRole", "Role", "RoleName", "User", "Workspace"]
