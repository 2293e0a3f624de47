"""Suppressions in words: scope, reason, who, from when to when, and how much each holds back."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.kit.days import today
from oversight.center.presenters import words
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, short_time
from oversight.suppressions.lists import LABELS, PAGE, asks, decides, ends
from oversight.sweeps.ordering import rules_known
from oversight.viewer import Viewer
from risk.alerts.models import Hit, Suppression
from risk.alerts.sentences import sentence, title
from risk.alerts.suppression_queries import held_counts, held_hits, parts, visible_suppressions

MARKS = {"asked": "pending", "approved": "issued", "refused": "dismissed", "ended": "withdrawn", "over": "closed"}


def list_context(viewer: Viewer, tab: str, before: str) -> dict[str, Any]:
    """What suppressions/suppressions.html prints. `tab`: a key of LABELS, else the first; the list is the newest first."""
    tab = tab if tab in LABELS else next(iter(LABELS))
    seen, of_tab = visible_suppressions(viewer.user), parts(today())
    counts = {key: seen.filter(which).count() for key, which in of_tab.items()}
    found = seen.filter(of_tab[tab]).order_by("-id")
    if before.isascii() and before.isdigit() and len(before) < 19:
        found = found.filter(id__lt=int(before))
    page = list(found.select_related("rule", "unit", "owner", "asked_by", "decided_by", "ended_by")[: PAGE + 1])
    here = reverse("suppressions:suppressions")
    return {
        "tabs": [{"label": label, "count": counts[key], "url": f"{here}?tab={key}", "active": key == tab} for key, label in LABELS.items()],
        "tab": tab,
        "rows": _rows(page[:PAGE], viewer),
        "total": counts[tab],
        "ask_url": reverse("suppressions:ask") if asks(viewer) else "",
        "next_url": f"{here}?tab={tab}&before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        "empty": None if page else _empty(tab, asks(viewer)),
    }


def _empty(tab: str, may_ask: bool) -> dict[str, Any]:
    told = {
        "asked": (_("No suppression waits for a decision"), ""),
        "approved": (_("No suppression is in force"), _("Every hit of a rule in force raises its alert.")),
        "over": (_("No suppression ended in the last year"), ""),
    }
    name, text = told[tab]
    action = {"action_label": _("Ask for a suppression"), "action_url": reverse("suppressions:ask")} if may_ask else {}
    return {"title": name, "text": text, "action_label": "", "action_url": None} | action


def _rows(page: Sequence[Suppression], viewer: Viewer) -> list[dict[str, Any]]:
    titles = rules_known([one.rule.code for one in page if one.rule])
    names = names_of(page)
    held = held_counts(viewer.user, [one for one in page if _state(one)[0] == "approved"])
    return [_row(one, titles, names, viewer, held[one.pk]) for one in page]


def names_of(suppressions: Iterable[Suppression]) -> Names:
    codes: dict[str, set[str]] = {}
    for one in suppressions:
        if one.subject_code:
            codes.setdefault(one.subject_kind, set()).add(one.subject_code)
    return Names.of_codes(codes)


def _row(one: Suppression, titles: dict[str, str], names: Names, viewer: Viewer, held: int) -> dict[str, Any]:
    state, label = _state(one)
    page = reverse("suppressions:suppression", args=[one.number])
    return {
        "number": one.number,
        "url": page,
        "state": state,
        "state_label": label,
        "mark": MARKS[state],
        "rule": f"{one.rule.code} {titles.get(one.rule.code, '')}".strip() if one.rule else _("all rules"),
        "subject": subject_text(one, names),
        "unit": one.unit.name if one.unit else _("all units"),
        "ceiling": one.ceiling,
        "ceiling_text": _("up to %(level)s") % {"level": words.LEVELS[one.ceiling]},
        "reason": one.reason,
        "asked_by": str(one.asked_by),
        "asked_at": short_time(one.asked_at),
        "asked_exactly": full_time(one.asked_at),
        "owner": str(one.owner) if one.owner_id != one.asked_by_id else "",
        "decided_by": str(one.decided_by) if one.decided_by else "",
        "decided_at": short_time(one.decided_at) if one.decided_at else "",
        "ended_by": str(one.ended_by) if one.ended_by else "",
        "ended_at": short_time(one.ended_at) if one.ended_at else "",
        "note": one.note,
        "days": f"{one.valid_from} – {one.expires_on}",
        "left": _left(one) if state == "approved" else "",
        "held": held if state == "approved" else None,
        "held_url": f"{page}#hits" if held else "",
        "decides": state == "asked" and decides(viewer, one),
        "waits": _waits(one, viewer) if state == "asked" and not decides(viewer, one) else "",
        "ends": state == "approved" and ends(viewer),
        "urls": {act: reverse(f"suppressions:{act}", args=[one.number]) for act in ("decide", "end")},
    }


def _state(one: Suppression) -> tuple[str, str]:
    """Where it stands today: a suppression that ran out is over, whatever was decided."""
    if one.state == Suppression.State.APPROVED and one.expires_on < today():
        return "over", _("run out")
    if one.state == Suppression.State.ASKED and one.expires_on < today():
        return "over", _("run out undecided")
    if one.state == Suppression.State.APPROVED:
        return "approved", _("in force") if one.valid_from <= today() else _("begins later")
    return one.state, str(one.get_state_display())


def _left(one: Suppression) -> str:
    if one.valid_from > today():
        number = (one.valid_from - today()).days
        return ngettext("begins in %(number)d day", "begins in %(number)d days", number) % {"number": number}
    number = (one.expires_on - today()).days
    return ngettext("%(number)d day left", "%(number)d days left", number) % {"number": number} if number else _("last day")


def _waits(one: Suppression, viewer: Viewer) -> str:
    if viewer.user.pk == one.asked_by_id:
        return _("You asked for this; another person decides.")
    if viewer.user.pk == one.owner_id:
        return _("You answer for this; another person decides.")
    return _("A supervisor or a leader decides.")


def subject_text(one: Suppression, names: Names) -> str:
    """Whom it is about: staff with their masked number, citizens and vehicles only masked; everybody where it names nobody."""
    if not one.subject_code:
        return _("every subject")
    column = "vin" if one.subject_kind == "vehicle" and len(one.subject_code) == 17 else ""
    subject = names.named(one.subject_kind, one.subject_code, today(), column)
    return f"{subject.column} {subject.code}".strip()


def page_context(one: Suppression, viewer: Viewer, before: str) -> dict[str, Any]:
    """What suppressions/suppression.html prints: the suppression and the hits it holds back now."""
    hits = held_hits(viewer.user, one)
    total = hits.count()
    try:
        start = max(int(before), 0)
    except ValueError:
        start = 0
    page = list(hits[start : start + PAGE])
    row = _rows([one], viewer)[0]
    return {
        "row": row,
        "hits": _hits(page),
        "total": total,
        "shown": f"{start + 1} – {start + len(page)}" if page else "0",
        "next_url": f"{row['url']}?from={start + PAGE}#hits" if start + PAGE < total else None,
        "empty": {
            "title": _("It holds no hit back now"),
            "text": _("What it held back when it was in force raises its alerts again.")
            if row["state"] not in ("asked", "approved")
            else _("Hits are found all the same and would be listed here."),
            "action_label": "",
            "action_url": None,
        },
    }


def _hits(page: Sequence[Hit]) -> list[dict[str, Any]]:
    codes: dict[str, set[str]] = {}
    for hit in page:
        codes.setdefault(hit.subject_kind, set()).add(hit.subject_code)
    names, language = Names.of_codes(codes), get_language() or "zh-hans"
    rows = []
    for hit in page:
        subject = names.named(hit.subject_kind, hit.subject_code, hit.day, hit.rule_version.subject_column)
        rows.append(
            {
                "day": f"{hit.day}",
                "level": hit.level,
                "subject": f"{subject.column} {subject.code}".strip(),
                "rule": f"{hit.rule.code} {title(hit.rule_version, language)}",
                "told": _sentence(hit, language),
            }
        )
    return rows


def _sentence(hit: Hit, language: str) -> str:
    """What the rule says of the hit, without the subject that stands beside it; its title where the hit names somebody else in clear."""
    if hit.numbers.get("counterpart"):
        return title(hit.rule_version, language)
    try:
        text = sentence(
            version=hit.rule_version,
            numbers=hit.numbers,
            subject="",
            language=language,
            level=hit.level,
            observed=hit.observed,
            threshold=hit.threshold,
        )
    except KeyError:
        return title(hit.rule_version, language)
    return text.strip(" ,，:：;；")
