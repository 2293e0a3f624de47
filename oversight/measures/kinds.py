"""A kind of measure as data: its model, its table of acts, what each act asks for, and the words for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet, TextChoices
from django.utils.functional import Promise

from ledger.kit.moves import Table
from ledger.roster.accounts import Role, User
from oversight.cases.models import Case
from oversight.cases.people import Person
from oversight.measures.base import LEGAL, Measure
from oversight.measures.fields import ActForm


@dataclass(frozen=True)
class Given:
    """What an act is done with: who, when, and the form's values by column."""

    actor: User
    now: datetime
    values: dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One act. `label` stands on its button, `told` in the record.

    `form` says what it asks for; values named like columns are written to them. `also` does what is more than that, and may raise the
    errors of ledger.kit. `asks`: the kind of approval it asks for, `asks_when` it does; `decides`: which it decides, and how; `lapses`: an
    edit, after which what was asked for before is void. `part`: of acts that want different people. `decisive`: it is the decision of the
    measure.
    """

    label: Promise
    told: Promise
    form: type[ActForm]
    also: Callable[[Any, Given], None] | None = None
    asks: str = ""
    asks_when: Callable[[Any, Given], bool] = lambda one, given: True
    decides: tuple[str, bool] | None = None
    lapses: tuple[str, ...] = ()
    part: str = ""
    decisive: bool = False


@dataclass(frozen=True)
class Tab:
    """A part of the list. The statuses of all tabs together are all there are."""

    key: str
    label: Promise
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of measure. `code` stands in its addresses, `one` before its acts in the record, `prefix` before its numbers.

    `lapsed` says to which status it falls back when an approval has lapsed, if it does; `terms` how many working days a status may last by
    default, and by names in `term_labels` what else has a term; `marks` how far each status is; `due` the day a measure itself names as
    its next. `pressing`: of the acts that may be done at any time those that wait now; `overdue`: what is said beside its status, or "".
    `notes`: what the clock enters of it, in words, by its kind. `dropped`: what goes when an approval lapses, by its kind. `form` is that
    of the proposal, which begins with `initial` and asks for the approval `asks`; `proposers` make it, `by_department` also the business
    department of the case; `fill` completes the row before it is saved, `made` does what follows from it.

    `undone`: the statuses in which it is decided and nothing has come of it yet.

    `own` gives those that concern a person who may do an act without seeing the case; `concerned` names the column with the staff number
    of whom a measure is about, who does not see it in the lists; `related` what pages read along.
    """

    code: str
    one: str
    prefix: str
    label: Promise
    model: type[Measure]
    statuses: type[TextChoices]
    table: Table[Person, Any]
    form: type[ActForm]
    propose: Promise
    proposers: tuple[Role, ...]
    by_department: bool
    acts: dict[str, Act]
    tabs: tuple[Tab, ...]
    marks: dict[str, str]
    asks: str
    lapsed: dict[str, str]
    terms: dict[str, int]
    due: Callable[[Any], Any] | None = None
    pressing: Callable[[Any], frozenset[str]] = lambda one: frozenset()
    overdue: Callable[[Any], Promise | str] = lambda one: ""
    term_labels: Mapping[str, Promise] = field(default_factory=dict)
    notes: Mapping[str, Promise] = field(default_factory=dict)
    dropped: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)
    initial: Callable[[Case], dict[str, Any]] = lambda case: {}
    undone: tuple[str, ...] = ()
    own: Callable[[User], QuerySet[Any]] | None = None
    concerned: str = ""
    related: tuple[str, ...] = ()
    fill: Callable[[Any], None] | None = None
    made: Callable[[Any, Given], None] | None = None

    def possible(self, person: Person, one: Any) -> frozenset[str]:
        """What this person may do with a measure they see; of one whose case is sealed from them the legal review alone."""
        found = self.table.possible(person, one)
        return found & self.of_legal if one.redacted else found

    @property
    def of_legal(self) -> frozenset[str]:
        """The acts that decide the legal review."""
        return frozenset(name for name, act in self.acts.items() if act.decides is not None and act.decides[0] == LEGAL)

    def status_label(self, status: str) -> str:
        return str(self.statuses(status).label)

    def term_label(self, name: str) -> str:
        """What a term is called: the status it is of, or what else."""
        return str(self.term_labels[name]) if name in self.term_labels else self.status_label(name)

    def state_of(self, one: Any) -> str:
        """The status of a measure in words, and that it is overdue."""
        return " · ".join(filter(None, (self.status_label(one.status), str(self.overdue(one)))))
