"""Whom alerts speak about, by name: staff with their post, agencies and units by name, people and vehicles only masked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from ledger.kit.masking import mask_id, mask_plate, mask_staff_no, mask_vin
from ledger.roster.models import Agency, Post, Posting, Staff, Unit
from risk.alerts.models import Alert
from risk.detectors.base import SUBJECT_COLUMNS

# Before the short mark of somebody of whom only a hash is known (risk.detectors.parts.grid.label): nothing is left to mask.
MARK = "#"


@dataclass(frozen=True)
class Subject:
    """A subject in words: `text` its name, `code` its masked number or nothing, `role` what precedes the name (a post, a kind).

    `counterpart`: with whom its business is too near, when the hit names one, in the same kind of words.
    """

    text: str
    code: str = ""
    role: str = ""
    counterpart: str = ""

    @property
    def column(self) -> str:
        """As in a column of the list: post and name apart."""
        return f"{self.role} {self.text}".strip()

    @property
    def spoken(self) -> str:
        """As inside a sentence: 登记岗张某."""
        return f"{self.role}{self.text}" if self.role and not self.role.isascii() else self.column


@dataclass(frozen=True)
class Held:
    """A post somebody held, from a day until a day."""

    post: str
    start: date
    end: date | None


@dataclass
class Names:
    """The names behind the subjects of some alerts, read with at most one query for each kind."""

    staff: Mapping[str, Staff] = field(default_factory=dict)
    posts: Mapping[str, str] = field(default_factory=dict)
    held: dict[str, list[Held]] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, alerts: Iterable[Alert]) -> "Names":
        codes: dict[str, set[str]] = {}
        for alert in alerts:
            codes.setdefault(alert.subject_kind, set()).add(alert.subject_code)
            if known := alert.numbers.get("counterpart"):
                codes.setdefault(_counterpart_kind(alert), set()).add(str(known))
        return cls.of_codes(codes)

    @classmethod
    def of_codes(cls, codes: Mapping[str, set[str]]) -> "Names":
        """The names of subjects given as codes by kind."""
        names = cls()
        if wanted := codes.get("staff"):
            names._read_staff(wanted)
        if wanted := codes.get("post"):
            names.posts = dict(Post.objects.filter(code__in=wanted).values_list("code", "name"))
        if wanted := codes.get("agency"):
            names.agencies = dict(Agency.objects.filter(code__in=wanted).values_list("code", "name"))
        if wanted := codes.get("unit"):
            names.units = dict(Unit.objects.filter(code__in=wanted).values_list("code", "name"))
        return names

    def _read_staff(self, numbers: set[str]) -> None:
        self.staff = {person.staff_no: person for person in Staff.objects.filter(staff_no__in=numbers).only("staff_no", "name", "kind")}
        name = Post.objects.filter(code=OuterRef("post_code")).values("name")[:1]
        postings = Posting.objects.filter(staff_no__in=numbers).annotate(post_name=Subquery(name)).order_by("start_date")
        for number, post, start, end in postings.values_list("staff_no", "post_name", "start_date", "end_date"):
            self.held.setdefault(number, []).append(Held(post or "", start, end))

    def subject(self, alert: Alert) -> Subject:
        found = self._named(alert.subject_kind, alert.rule_version.subject_column, alert.subject_code, alert.last_day)
        if not (known := alert.numbers.get("counterpart")):
            return found
        column = str(alert.rule_version.params.get("counterpart", ""))
        return replace(found, counterpart=self._named(_counterpart_kind(alert), column, str(known), alert.last_day).text)

    def named(self, kind: str, code: str, day: date, column: str = "") -> Subject:
        """A subject of a kind by its code; `column`: that of its frame, where a kind has several (of a vehicle VIN and plate)."""
        return self._named(kind, column, code, day)

    def _named(self, kind: str, column: str, code: str, day: date) -> Subject:
        if kind == "staff":
            return self._person(code, day)
        if kind == "post":
            return Subject(self.posts.get(code, code))
        if kind == "agency":
            return Subject(self.agencies.get(code, code))
        if kind == "unit":
            return Subject(self.units.get(code, code))
        if kind == "terminal":
            return Subject(code, role=_("terminal"))
        return _masked(kind, column, code)

    def _person(self, number: str, day: date) -> Subject:
        person, post = self.staff.get(number), self._post_on(number, day)
        if person is None:
            return Subject(_("not on the roster"), mask_staff_no(number), post)
        return Subject(person.name, mask_staff_no(number), post or str(Staff.Kind(person.kind).label))

    def _post_on(self, number: str, day: date) -> str:
        """The post a person held on a day; the latest of several."""
        then = [one.post for one in self.held.get(number, ()) if one.start <= day and (one.end is None or one.end >= day)]
        return then[-1] if then else ""


def _counterpart_kind(alert: Alert) -> str:
    """What kind of subject the counterpart of a hit would be, by its column; "" for a value that is nobody's name, such as a class."""
    column = alert.rule_version.params.get("counterpart")
    return next((kind for kind, columns in SUBJECT_COLUMNS.items() if column in columns), "")


def _masked(kind: str, column: str, code: str) -> Subject:
    """A citizen or vehicle: only a lead, so only enough to tell two apart."""
    if kind == "vehicle":
        return Subject(mask_vin(code) if column == "vin" else mask_plate(code), role=_("vehicle"))
    if code.startswith(MARK):
        return Subject(code, role=_("agent") if kind == "agent" else _("party"))
    return Subject(mask_id(code), role=_("agent") if kind == "agent" else _("party"))
