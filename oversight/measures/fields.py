"""The fields of the forms of measures: Django's, under the names of the columns they fill, dressed as the console's."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.kit.days import today
from ledger.roster.accounts import Role, User
from oversight.cases.models import Case
from oversight.cases.visibility import openly_visible_cases

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise
else:
    Label = str
LONGEST_TEXT = 4_000
OFFICERS = (Role.SUPERVISOR, Role.DISCIPLINE, Role.LEADER, Role.UNIT_OFFICER)


class ActForm(forms.Form):
    """What an act asks for. `one` is the measure (None while it is proposed), `case` its case."""

    def __init__(
        self, data: Any = None, *, case: Case, one: Any = None, act: str = "propose", initial: dict[str, Any] | None = None
    ) -> None:
        self.case, self.one = case, one
        super().__init__(data, initial=initial, auto_id=f"{act}-%s", use_required_attribute=True)
        for field in self.fields.values():
            _dress(field.widget)
            if isinstance(field, PersonField):
                field.queryset = people()

    def first_problem(self) -> str:
        """The first thing that will not do, with the field it is about."""
        name, found = next(iter(self.errors.items()))
        label = f"{self.fields[name].label}: " if name in self.fields else ""
        return f"{label}{found[0]}"


def _dress(widget: forms.Widget) -> None:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        widget.attrs.setdefault("class", "form-check-input")
    elif isinstance(widget, forms.Select):
        widget.attrs.setdefault("class", "form-select")
    else:
        widget.attrs.setdefault("class", "form-control")


class NoForm(ActForm):
    """For acts that ask for nothing."""


class NoteForm(ActForm):
    """For acts that want their reason."""

    note = forms.CharField(
        label=gettext_lazy("Reason"), min_length=5, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )


class RemarkForm(ActForm):
    """For acts that may be remarked upon."""

    note = forms.CharField(label=gettext_lazy("Remark"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


def text(label: Label, *, least: int = 5, required: bool = True, rows: int = 3, help_text: Label = "") -> forms.CharField:
    """A text of some lines."""
    widget = forms.Textarea(attrs={"rows": rows})
    if not required:
        return forms.CharField(label=label, max_length=LONGEST_TEXT, required=False, widget=widget, help_text=help_text)
    return forms.CharField(label=label, min_length=least, max_length=LONGEST_TEXT, widget=widget, help_text=help_text)


def line(label: Label, *, required: bool = True, most: int = 200, help_text: Label = "") -> forms.CharField:
    """A text of one line."""
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text, widget=widget)


def day(label: Label, *, required: bool = True, help_text: Label = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"], help_text=help_text)


def moment(label: Label, *, help_text: Label = "") -> forms.DateTimeField:
    """A moment in Shanghai, to the minute."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M"], help_text=help_text)


def choice(label: Label, choices: Any, *, required: bool = True, help_text: Label = "") -> forms.ChoiceField:
    first = [("", pgettext_lazy("measure", "Choose"))]
    return forms.ChoiceField(label=label, choices=[*first, *choices], required=required, help_text=help_text)


def whole_lines(value: str) -> str:
    """The lines of a list, trimmed, without empty ones."""
    return "\n".join(found for one in value.splitlines() if (found := one.strip()))


class PersonField(forms.ModelChoiceField):
    """An officer with a part in overseeing, by name."""

    def __init__(self, label: Label, *, required: bool = True, help_text: Label = "") -> None:
        super().__init__(
            User.objects.none(),
            label=label,
            required=required,
            to_field_name="username",
            empty_label=pgettext_lazy("measure", "Choose"),
            help_text=help_text,
        )

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


def people() -> QuerySet[User]:
    """The officers who may interview, accept and follow up."""
    day = today()
    held = Q(grants__role__in=OFFICERS, grants__valid_from__lte=day) & (Q(grants__valid_until=None) | Q(grants__valid_until__gte=day))
    return User.objects.filter(held, Q(staff=None) | Q(staff__kind="officer"), is_active=True).distinct().order_by("name", "username")


def must_see(form: ActForm, name: str) -> None:
    """A problem at the field when the person chosen there must not know of the case."""
    chosen: User | None = form.cleaned_data.get(name)
    if chosen is not None and not openly_visible_cases(chosen).filter(pk=form.case.pk).exists():
        form.add_error(name, _("Choose somebody else: this person does not see the case (another unit, or recused)."))


def not_after(form: ActForm, first: str, last: str) -> None:
    """A problem at the field `last` when it lies before `first`."""
    begin, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if begin is not None and end is not None and end < begin:
        form.add_error(last, _("This lies before its beginning."))


def not_future(form: ActForm, name: str) -> None:
    """A problem at the field when what is to have happened lies ahead."""
    value = form.cleaned_data.get(name)
    if value is None:
        return
    now = datetime.now(value.tzinfo) if isinstance(value, datetime) else today()
    if value > now:
        form.add_error(name, _("This has not happened yet: give a time that is past."))
