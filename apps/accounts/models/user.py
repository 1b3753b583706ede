import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from apps.accounts import operators
from apps.accounts.querysets import UserQuerySet


class OperatorRole(models.TextChoices):
    """What somebody looks after in the installation; `operators.py` says what each may see and change there."""

    ADMINISTRATOR = "administrator", "Administrator"
    DEVELOPER = "developer", "Developer"
    DEPLOYER = "deployer", "Deployer"
    OPERATIONS = "operations", "Operations"
    AI_ENGINEER = "ai_engineer", "AI engineer"


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # made at run time
    """Makes people; the e-mail is the name they sign in with."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = User(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, operator_role=OperatorRole.ADMINISTRATOR, **fields)


class User(AbstractBaseUser):
    """A person. An operator role is a right over the installation, apart from roles in workspaces."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    operator_role = models.CharField(
        max_length=20, choices=OperatorRole, blank=True, default="", help_text="Opens the administration; gives no right in any workspace."
    )
    is_active = models.BooleanField(default=True, help_text="Off: can no longer sign in anywhere.")
    date_joined = models.DateTimeField(default=timezone.now)
    # Counted by triggers in the database: see migration 0003.
    epoch = models.PositiveBigIntegerField(default=0, editable=False, help_text="Counts changes of rights.")

    objects: ClassVar[Any] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    # Django's names for it: its admin and sign-in ask these.
    @property
    def is_staff(self) -> bool:
        return bool(self.operator_role)

    @property
    def is_superuser(self) -> bool:
        return self.operator_role == OperatorRole.ADMINISTRATOR

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """`app.action_model`, as Django's admin asks; rights in workspaces come from memberships."""
        return self.is_active and operators.allows(self.operator_role, perm)

    def has_perms(self, perms: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and operators.opens(self.operator_role, app_label)

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0] or self.email
