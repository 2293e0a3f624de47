"""Forms of the account pages; their fields are drawn by the templates."""

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.forms import PasswordChangeForm as DjangoPasswordChangeForm
from django.utils.translation import gettext_lazy as _


class LoginForm(AuthenticationForm):
    """Account and password; says nothing about which of the two was wrong, nor whether the account exists."""

    error_messages = {
        "invalid_login": _("Account or password is wrong. Five wrong passwords close the login for a while."),
        "inactive": _("Account or password is wrong. Five wrong passwords close the login for a while."),
    }


class PasswordChangeForm(DjangoPasswordChangeForm):
    """The old password once, the new one twice; plain fields without scripts or styles of their own."""
