"""Who may use this system, and as what. There is no superuser: rights come from unit-scoped roles alone."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person may be here. The last three administer the system (三员) and read no alert content by that role."""

    SUPERVISOR = "supervisor", _("supervisor")
    SQUAD_LEADER = "squad_leader", _("squad or window leader")
    CHECKLIST_ADMIN = "checklist_admin", _("checklist admin")
    DISCIPLINE = "discipline", _("discipline inspector")
    LEADER = "leader", _("detachment leader")
    UNIT_OFFICER = "unit_officer", _("unit officer")
    SYSTEM_ADMIN = "system_admin", _("system admin")
    SECURITY_ADMIN = "security_admin", _("security admin")
    AUDIT_ADMIN = "audit_admin", _("audit admin")


ADMINS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **extra)
        user.set_password(password)
        user.full_clean(exclude=["password"] if password is None else None)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account, linked to the staff member who holds it."""

    username = models.CharField(_("account"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    staff = models.OneToOneField("ledger.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="user")
    name = models.CharField(_("name"), max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    language = models.CharField(max_length=10, blank=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def staff_no(self) -> str:
        """The staff number behind the account; empty for an account of nobody on the roster."""
        return self.staff.staff_no if self.staff else ""


class RoleGrant(models.Model):
    """A role a person holds over a unit and all below it (business tree), from a day until a day."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    unit = models.ForeignKey("ledger.Unit", on_delete=models.PROTECT, related_name="grants")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="given_grants")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "unit"], name="grant_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(role__in=[r.value for r in ADMINS]), name="three_admins_apart"),
            models.CheckConstraint(condition=~Q(granted_by=models.F("user")), name="nobody_grants_themselves"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.unit}"
