"""陈述申辩: what somebody a decision would burden said of it, or that they declined to, before it is decided."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from oversight.measures.fields import ActForm, choice, day, line, not_future, text


class Hearing(models.TextChoices):
    HEARD = "heard", pgettext_lazy("hearing", "statement heard")
    DECLINED = "declined", pgettext_lazy("hearing", "declined to make one, with a witness")


class HearForm(ActForm):
    hearing = choice(gettext_lazy("Statement and defence"), Hearing.choices)
    heard_on = day(gettext_lazy("On"))
    statement = text(gettext_lazy("What was said, and what was found of it"), required=False)
    witness = line(gettext_lazy("Witness"), required=False, most=100)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "heard_on")
        if given.get("hearing") == Hearing.HEARD and not given.get("statement"):
            self.add_error("statement", _("Write down what was said."))
        if given.get("hearing") == Hearing.DECLINED and not given.get("witness"):
            self.add_error("witness", _("Name who witnessed it."))
        return given
