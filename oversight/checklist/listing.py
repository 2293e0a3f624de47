"""The checklist as a tree-table: one version of it, or the draft of the next, narrowed by what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from oversight.checklist import words
from risk.alerts.sentences import title
from risk.checklist.contents import contents_of
from risk.checklist.models import ChecklistVersion
from risk.checklist.queries import version_at
from risk.checklist.revisions.models import Revision
from risk.checklist.revisions.queries import ItemDifference, contents_after, difference, rules_in_force, unfinished
from risk.checklist.shipped import Entry
from risk.rules.models import RuleVersion

DRAFT = "draft"
# Rules of an item that are seen without asking for more.
AT_ONCE = 3
FILTERS = ("line", "post", "level", "q")
SWITCHES = ("no_rule", "changed")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. `version`: a number, DRAFT, or empty for the one in force."""

    version: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: QueryDict) -> "Wanted":
        version = given.get("version", "").strip()
        filters = {name: given.get(name, "").strip()[:50] for name in FILTERS if given.get(name, "").strip()}
        filters |= {name: "1" for name in SWITCHES if given.get(name) == "1"}
        return cls(version if version == DRAFT or (version.isascii() and version.isdigit() and len(version) < 9) else "", filters)

    def url(self, **changed: str) -> str:
        told = {"version": self.version, **self.filters} | changed
        query = urlencode({name: value for name, value in told.items() if value})
        return reverse("checklist:items") + (f"?{query}" if query else "")


class Listed:
    """One wording of the checklist as a page shows it. Raises NotFound for a version there is not, or a draft nobody has begun."""

    def __init__(self, wanted: Wanted, moment: Any) -> None:
        self.wanted = wanted
        self.revision: Revision | None = unfinished() if wanted.version == DRAFT else None
        if wanted.version == DRAFT:
            if self.revision is None:
                raise NotFound(_("Nobody has begun a draft of the next version."))
            self.version = self.revision.base
        else:
            self.version = _version(wanted.version, moment)
        self.in_force = version_at(moment)

    @cached_property
    def differences(self) -> dict[str, ItemDifference]:
        """What the draft does with items, by number; empty for a published version."""
        if self.revision is None:
            return {}
        base = contents_of(self.version)
        return {one.no: one for one in difference(base, contents_after(self.revision, base)).items}

    @cached_property
    def entries(self) -> list[Entry]:
        """All items in their order; in a draft also those it takes out, in their old place."""
        base = contents_of(self.version).entries
        if self.revision is None:
            return list(base)
        after = {entry.no: entry for entry in contents_after(self.revision).entries}
        gone = [(place, entry) for place, entry in enumerate(base) if entry.no not in after]
        found = list(after.values())
        for place, entry in gone:
            found.insert(min(place, len(found)), entry)
        return found

    @cached_property
    def rules(self) -> dict[str, RuleVersion]:
        return rules_in_force(self.version)

    @cached_property
    def watching(self) -> dict[str, list[str]]:
        """Codes of the rules that watch each item: those it names, then those that name it."""
        found = {entry.no: dict.fromkeys(entry.rules) for entry in self.entries}
        for code, version in self.rules.items():
            if version.checklist_item in found:
                found[version.checklist_item].setdefault(code)
        return {no: list(codes) for no, codes in found.items()}

    def unwatched(self, entry: Entry) -> bool:
        return not any(code in self.rules for code in self.watching[entry.no])

    @cached_property
    def chosen(self) -> list[Entry]:
        return [entry for entry in self.entries if self._fits(entry, self.wanted.filters)]

    def count(self, **changed: str) -> int:
        """How many items the page would show with these filters changed; an empty one is left out."""
        told = {name: value for name, value in {**self.wanted.filters, **changed}.items() if value}
        return sum(self._fits(entry, told) for entry in self.entries)

    def _fits(self, entry: Entry, filters: Mapping[str, str]) -> bool:
        if any(getattr(entry, name) != filters[name] for name in ("line", "post", "level") if name in filters):
            return False
        if "no_rule" in filters and not self.unwatched(entry):
            return False
        if "changed" in filters and entry.no not in self.differences:
            return False
        return "q" not in filters or filters["q"].casefold() in self._text(entry)

    def _text(self, entry: Entry) -> str:
        told = (entry.no, entry.post, entry.step, entry.risk_point, entry.manifestation, entry.control, entry.basis, entry.owner)
        return " ".join((*told, *self.watching[entry.no])).casefold()

    def tree(self) -> list[dict[str, Any]]:
        """The chosen items by line and post: [{title, count, posts [{title, rows}]}]."""
        found: dict[str, dict[str, list[Entry]]] = {}
        for entry in self.chosen:
            found.setdefault(entry.line, {}).setdefault(entry.post, []).append(entry)
        return [
            {
                "title": words.line_title(line),
                "count": sum(map(len, posts.values())),
                "posts": [{"title": post, "rows": [self._row(entry) for entry in entries]} for post, entries in posts.items()],
            }
            for line, posts in found.items()
        ]

    def _row(self, entry: Entry) -> dict[str, Any]:
        change = self.differences.get(entry.no)
        return {
            "no": entry.no,
            "url": reverse("checklist:item", args=[entry.no]) + ("?version=draft" if self.revision else ""),
            "step": entry.step,
            "risk_point": entry.risk_point,
            "level": words.value_text("level", entry.level),
            "level_before": _level_before(change),
            "control": entry.control,
            "basis": entry.basis,
            "op": str(change.op) if change else "",
            **_rules([rule_row(code, self.rules.get(code)) for code in self.watching[entry.no]]),
        }


def _rules(rows: list[dict[str, str]]) -> dict[str, Any]:
    """The rules of an item: the first few at once, the rest when asked for."""
    shown = AT_ONCE if len(rows) > AT_ONCE + 1 else len(rows)
    return {"rules": rows[:shown], "more": rows[shown:]}


def _level_before(change: ItemDifference | None) -> str:
    """The level an item had, where a draft changes it."""
    before = next((one.old for one in change.fields if one.field == "level"), "") if change else ""
    return words.value_text("level", before) if before else ""


def rule_row(code: str, version: RuleVersion | None) -> dict[str, str]:
    """A rule beside an item: its thresholds, and in words when it raises nothing."""
    if version is None:
        return {"code": code, "url": "", "title": "", "thresholds": "", "mode": _("not in the catalogue")}
    live = version.mode == RuleVersion.Mode.LIVE
    return {
        "code": code,
        "url": words.rule_url(code),
        "title": title(version, get_language() or "zh-hans"),
        "thresholds": words.thresholds(version),
        "mode": "" if live else str(version.get_mode_display()),
    }


def _version(wanted: str, moment: Any) -> ChecklistVersion:
    found = ChecklistVersion.objects.filter(number=int(wanted)).first() if wanted else version_at(moment)
    if found is None:
        raise NotFound(
            _("There is no version %(number)s.") % {"number": wanted} if wanted else _("There is no checklist yet; run prepare.")
        )
    return found


def versions() -> QuerySet[ChecklistVersion]:
    return ChecklistVersion.objects.select_related("revision__author", "revision__submitted_by", "revision__published_by").order_by(
        "-number"
    )
