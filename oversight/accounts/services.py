"""Opening an account, and what people do with their own."""

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.days import today
from ledger.kit.errors import BadInput
from ledger.roster.accounts import ADMINS, Role, RoleGrant, User
from ledger.roster.models import Staff, Unit


def known_language(code: str) -> str:
    """The code itself when the console speaks the language; raises BadInput otherwise."""
    if code not in dict(settings.LANGUAGES):
        raise BadInput(_("The console does not speak %(language)s; choose Chinese or English.") % {"language": code or "?"})
    return code


@transaction.atomic
def choose_language(*, user: User, language: str) -> None:
    """Keep the language a person reads the console in; it follows them to other computers."""
    user.language = known_language(language)
    user.save(update_fields=["language"])


@transaction.atomic
def change_password(*, user: User, password: str, address: str = "") -> None:
    """A new password; it ends every other login of this person. The form has checked the old one and the rules."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record("account.password_changed", actor=user, target=user.username, address=address)


@transaction.atomic
def open_account(*, username: str, password: str, role: str, unit_code: str, staff_no: str = "", name: str = "") -> User:
    """An account with its first role over a unit, or one more role for an account that is there (the password stays then).

    Done at the server by whoever installs the system; the audit says so. Raises BadInput naming what does not fit.
    """
    if role not in Role.values:
        raise BadInput(_("There is no role %(role)s; choose one of %(roles)s.") % {"role": role, "roles": ", ".join(Role.values)})
    unit = Unit.objects.filter(code=unit_code).first()
    if unit is None:
        raise BadInput(_("There is no unit %(code)s; import the units first.") % {"code": unit_code})
    user = User.objects.filter(username=username).first() or _new_user(username, password, staff_no, name)
    if role in ADMINS and user.grants.filter(role__in=ADMINS).exclude(role=role).exists():
        raise BadInput(_("%(name)s already holds one of the three admin roles; nobody may hold two.") % {"name": username})
    RoleGrant.objects.get_or_create(user=user, role=role, unit=unit, defaults={"valid_from": today()})
    record("account.opened", target=username, role=role, unit=unit_code)
    return user


def _new_user(username: str, password: str, staff_no: str, name: str) -> User:
    staff = Staff.objects.filter(staff_no=staff_no).first() if staff_no else None
    if staff_no and staff is None:
        raise BadInput(_("There is no staff member %(number)s; import the staff first.") % {"number": staff_no})
    user = User(username=username, staff=staff, name=name or (staff.name if staff else ""))
    try:
        validate_password(password, user)
        return User.objects.create_user(username, password, staff=staff, name=user.name)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
