"""What people do with their own account."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.errors import BadInput
from ledger.roster.accounts import User


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
