from apps.accounts.models.user import User
from apps.accounts.models.workspace import Membership, Role, Workspace

__all__ = ["Membership", "Role", "User", "Workspace"]
