"""What the acts of a transfer ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from oversight.measures.fields import ActForm, choice, day, line, not_future, text, whole_lines
from oversight.measures.transfers.models import Transfer


class ProposeForm(ActForm):
    authority = choice(gettext_lazy("To which authority"), Transfer.Authority.choices)
    recipient = line(gettext_lazy("Its office"))
    about = line(gettext_lazy("What is transferred"))
    reason = text(gettext_lazy("Why it is theirs to handle"))
    basis = line(gettext_lazy("Basis"), most=500)
    materials = text(gettext_lazy("Materials, one a line"))
    seal = forms.BooleanField(
        label=gettext_lazy("Seal the case once it is approved: leaders and the discipline inspection alone see it then"), required=False
    )

    def clean_materials(self) -> str:
        return whole_lines(self.cleaned_data["materials"])


class SendForm(ActForm):
    letter_no = line(gettext_lazy("Number of the letter"), most=100)
    sent_on = day(gettext_lazy("Sent on"))
    receipt_no = line(gettext_lazy("Number of the receipt"), most=100)
    received_by = line(gettext_lazy("Who received it"), most=100)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "sent_on")
        return given


class ConcludeForm(ActForm):
    result_on = day(gettext_lazy("Told on"))
    result = text(gettext_lazy("Result"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "result_on")
        return given
