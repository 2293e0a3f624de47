"""What the acts of a circular ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.masking import mask_free_text, mask_numbers
from ledger.roster.models import Unit
from oversight.measures.fields import ActForm, day, line, not_future, text

DESENSITISED = ("heading", "figures", "problems", "causes", "handling", "requirements")


class DraftForm(ActForm):
    issuer = line(gettext_lazy("Issuing body"), most=100)
    heading = line(gettext_lazy("Title"))
    period = line(pgettext_lazy("measure", "Period"), most=100)
    figures = text(gettext_lazy("Figures as a whole"), rows=2)
    problems = text(gettext_lazy("Typical problems, desensitised"), help_text=gettext_lazy("No identity, staff or telephone numbers."))
    causes = text(gettext_lazy("Causes"), rows=2)
    handling = text(gettext_lazy("What was done"), rows=2)
    requirements = text(gettext_lazy("Requirements"))
    to = forms.MultipleChoiceField(label=gettext_lazy("Recipients"), widget=forms.CheckboxSelectMultiple)
    copies = line(gettext_lazy("Copies to"), required=False, most=500)
    secret_until = day(gettext_lazy("Kept secret until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = self.fields["to"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(unit.code, unit.name) for unit in Unit.objects.order_by("path")]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in DESENSITISED:
            value = given.get(name) or ""
            if mask_numbers(mask_free_text(value)) != value:
                self.add_error(name, _("This holds what looks like an identity, staff or telephone number; a circular names nobody by it."))
        return given


class ReviewForm(ActForm):
    review_note = text(gettext_lazy("Opinion"), rows=2, least=1)


class IssueForm(ActForm):
    document_no = line(gettext_lazy("Document number"), most=100)
    issued_on = day(gettext_lazy("Date of the document"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        not_future(self, "issued_on")
        return given


class ReceiptForm(ActForm):
    """Which of a person's units signs; empty where there is one alone."""

    unit = line(gettext_lazy("Unit"), required=False, most=40)
