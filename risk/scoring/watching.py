"""Which rules look at what: the lanes a change of transactions concerns, and the rules a change of other records does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ledger.lines import lines
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS
from risk.rules.models import RuleVersion
from risk.rules.queries import spec_of

Lane = tuple[str, str, str]


@dataclass(frozen=True)
class Read:
    """What versions of a rule read: business lines (of its own rows, where these are transactions), columns by frame, and how many days
    before and after its event day a row may be held against openings or holds."""

    lines: frozenset[str]
    columns: Mapping[str, frozenset[str]]
    around: tuple[int, int]


_READ: dict[tuple[str, ...], Read] = {}  # by all that it depends on


@dataclass(frozen=True)
class Watcher:
    """A published rule: the lane it is scored in and the frame its rows come from."""

    code: str
    line: str
    subject_kind: str
    reach: str
    frame: str

    @property
    def lane(self) -> Lane:
        return (self.line, self.subject_kind, self.reach)


def watched() -> dict[Lane, dict[str, set[str]]]:
    """The lanes in which some published rule looks at transactions: (line of the rule or common, subject kind, reach) → business line →
    subject columns in use."""
    found: dict[Lane, dict[str, set[str]]] = {}
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, rule__frame=TRANSACTIONS).exclude(mode=RuleVersion.Mode.OFF)
    fields = ("rule__line", "rule__subject_kind", "rule__reach", "lines", "subject_column")
    for rule_line, kind, reach, rule_lines, column in versions.values_list(*fields):
        lane = found.setdefault((rule_line, kind, reach), {})
        for line in rule_lines or lines():
            lane.setdefault(line, set()).add(column)
    return found


def watchers(frame: str = "", *, every: bool = False) -> list[Watcher]:
    """The published rules, not off, whose hits a change of the frame's records can change: those about it and those that read it beside
    their own. Without a frame: those about any frame but transactions; with `every` all rules, off or not.
    """
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).select_related("rule").order_by("rule__code")
    if not every:
        versions = versions.exclude(mode=RuleVersion.Mode.OFF)
    found: dict[str, Watcher] = {}
    for version in versions:
        rule = version.rule
        wanted = every or (rule.frame != TRANSACTIONS and frame in ("", rule.frame)) or (bool(frame) and frame in _read_by(version).columns)
        if wanted and rule.code not in found:
            found[rule.code] = Watcher(rule.code, rule.line, rule.subject_kind, rule.reach, rule.frame)
    return list(found.values())


def about(frame: str, subject_kind: str = "") -> dict[str, Lane]:
    """The published rules, not off, whose rows are those of the frame (about subjects of a kind), with their lanes."""
    published = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED, rule__frame=frame).exclude(mode=RuleVersion.Mode.OFF)
    if subject_kind:
        published = published.filter(rule__subject_kind=subject_kind)
    fields = ("rule__code", "rule__line", "rule__subject_kind", "rule__reach")
    return {code: (line, kind, reach) for code, line, kind, reach in published.order_by("rule__code").values_list(*fields)}


def readers(frames: Collection[str]) -> list[tuple[Watcher, Read]]:
    """The published versions, not off, that read one of the frames, each by its rule."""
    versions = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).exclude(mode=RuleVersion.Mode.OFF)
    found = []
    for version in versions.select_related("rule").order_by("rule__code", "number"):
        rule, read = version.rule, _read_by(version)
        if not read.columns.keys().isdisjoint(frames):
            found.append((Watcher(rule.code, rule.line, rule.subject_kind, rule.reach, rule.frame), read))
    return found


def _read_by(version: RuleVersion) -> Read:
    """Every batch asks this of every rule, so what was once found out is remembered."""
    rule = version.rule
    words = (rule.frame, version.detector, version.subject_column, str(version.lines), str(version.scope), str(version.params))
    if words not in _READ:
        detector, spec = detectors()[version.detector], spec_of(version)
        columns = {name: frozenset(wanted) for name, wanted in detector.needs(spec).items()}
        _READ[words] = Read(frozenset(version.lines or lines()), columns, detector.around(spec))
    return _READ[words]
