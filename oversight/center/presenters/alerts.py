"""One alert in full: for its page and for the preview beside the list."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.kit.errors import NotFound
from ledger.lines import lines
from oversight.access import opens
from oversight.business.addresses import page_of
from oversight.center.offers import offers_of
from oversight.center.presenters import figures, measures, words
from oversight.center.presenters.acts import acts_context
from oversight.center.presenters.evidence import MOST, SHOWN, evidence
from oversight.center.presenters.histories import agency_history, told_briefly
from oversight.center.presenters.listed import matter_of
from oversight.center.presenters.parts import parts
from oversight.center.presenters.records import TELLERS
from oversight.center.presenters.rows import alert_row, alert_urls, ready_for_rows, said
from oversight.center.presenters.subjects import MARK, Names, Subject
from oversight.center.presenters.timeline import timeline
from oversight.coverage.unjudged import beside_alert
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.checklist.models import ChecklistItem
from risk.checklist.queries import item_at
from risk.rules.models import RuleVersion
from risk.rules.services import FROM_THE_BEGINNING


def alert_context(number: str, viewer: Viewer, query: Mapping[str, str], *, all_evidence: bool = False) -> dict[str, Any]:
    """What center/_alert_main.html prints. Raises NotFound alike for an unknown and for a hidden alert."""
    alert = seen(number, viewer)
    subject = Names.of([alert]).subject(alert)
    suppress = f"{reverse('suppressions:ask')}?alert={alert.number}" if viewer.judges else None
    clear = reverse("business:alert", args=[alert.number]) if _masks(alert) else None
    urls = alert_urls(alert, viewer, query) | {"suppress": suppress, "clear": clear}
    page = str(urls["alert"])
    mark = "&" if "?" in page else "?"
    row = alert_row(alert, subject, viewer, query)
    sum_of = parts(alert, viewer)
    offers = offers_of(alert, viewer)
    acts = acts_context(alert, viewer, urls)
    acts["actions_note"] = "" if offers else acts["actions_note"]
    return {
        "alert": {**row, "sentence": said(alert, subject), "facts": _facts(alert, subject), "main_url": f"{page}{mark}fragment=main"},
        "parts": sum_of,
        "chart": None if sum_of else figures.chart(alert, subject),
        "evidence": evidence(alert, viewer, most=MOST if all_evidence else SHOWN, more_url=f"{page}{mark}evidence=all#evidence"),
        "rule": _rule(alert, subject, viewer),
        "history": _history(alert, viewer),
        "unjudged": beside_alert(alert, viewer),
        "agency_history": agency_history(alert, viewer),
        "matter": matter_of(alert, viewer),
        "timeline": timeline(alert),
        "reasons": reasons(),
        **acts,
        "offers": offers,
    }


def preview_context(number: str, viewer: Viewer, query: Mapping[str, str]) -> dict[str, Any]:
    """What center/_preview.html prints."""
    alert = seen(number, viewer)
    subject = Names.of([alert]).subject(alert)
    sum_of = parts(alert, viewer)
    return {
        "alert": {**alert_row(alert, subject, viewer, query), "sentence": said(alert, subject)},
        "parts": sum_of,
        "chart": None if sum_of else figures.chart(alert, subject),
        "evidence": evidence(alert, viewer, most=3, brief=True),
        "rule": _rule(alert, subject, viewer),
        "history": _history(alert, viewer),
        "may_act": viewer.judges,
    }


def seen(number: str, viewer: Viewer) -> Alert:
    """One alert with all a row prints. Raises NotFound alike for an unknown and for a hidden one."""
    alert = ready_for_rows(viewer.alerts).filter(number=number).first()
    if alert is None:
        raise NotFound(_("There is no alert %(number)s that you may see.") % {"number": number})
    return alert


def reasons() -> list[dict[str, str]]:
    """Of a dismissal, in the order of the digit keys."""
    return [{"value": value, "label": str(label)} for value, label in Alert.Dismissal.choices]


def _masks(alert: Alert) -> bool:
    """Whether its page masks a number of which no other page tells: of whom it is about, or in evidence that is no transaction."""
    known = alert.subject_kind in ("staff", "agent", "person", "vehicle") and not alert.subject_code.startswith(MARK)
    return known or alert.rule.frame in TELLERS


def _facts(alert: Alert, subject: Subject) -> list[dict[str, Any]]:
    rows = measures.rows_of(alert.rule.frame, alert.evidence_count)
    days = f"{alert.first_day:%m-%d}" if alert.first_day == alert.last_day else f"{alert.first_day:%m-%d} – {alert.last_day:%m-%d}"
    texts = [rows, days, alert.unit.name if alert.unit else "", subject.code]
    texts.append(words.line_title(alert.line) if alert.line in lines() else "")
    texts.append(_("found in old data") if alert.backdated else "")
    texts.append(_("no longer supported by the data") if alert.hit_count == 0 else "")
    # Somebody of whom only a mark is known has no page; that of staff has in its address the number that is masked here.
    known = alert.subject_kind != "staff" and not alert.subject_code.startswith(MARK)
    page = page_of(alert.rule_version.subject_column, alert.subject_code) if known else ""
    told = [{"text": text, "url": None} for text in texts if text]
    return [*told, {"text": _("all its business"), "url": page}] if page else told


def _rule(alert: Alert, subject: Subject, viewer: Viewer) -> dict[str, Any]:
    """The rule that raised it and its checklist item, both as they were in force then."""
    version = alert.rule_version
    item = item_at(version.checklist_item, alert.raised_at)
    return {
        "code": alert.rule.code,
        "title": title(version, get_language() or "zh-hans"),
        "url": reverse("rules:rule", args=[alert.rule.code]) if opens("rules:rule", viewer.roles) else "",
        "version": version.number,
        "effective_from": _in_force_from(version),
        "item": _item(item, viewer) if item else None,
        "why": version.why,
        "basis": version.basis,
        "parameters": _parameters(alert, subject),
    }


def _item(item: ChecklistItem, viewer: Viewer) -> dict[str, Any]:
    version = item.version.number
    return {
        "no": item.no,
        "url": f"{reverse('checklist:item', args=[item.no])}?version={version}" if opens("checklist:item", viewer.roles) else "",
        "place": f"{item.post} › {item.step}",
        "risk_point": item.risk_point,
        "level": item.get_level_display(),
        "control": item.control,
        "basis": item.basis,
        "owner": item.owner,
        "supervision": item.get_supervision_level_display(),
        "version": version,
    }


def _parameters(alert: Alert, subject: Subject) -> list[tuple[str, str]]:
    """Window and thresholds of the rule, and what the hit stored of its comparison."""
    version = alert.rule_version
    window = ngettext("%(number)d day", "%(number)d days", version.window_days) % {"number": version.window_days}
    return [(_("Window"), window), (_("Thresholds"), measures.thresholds(version)), *measures.compared(alert, subject.counterpart)]


def _history(alert: Alert, viewer: Viewer) -> list[dict[str, Any]]:
    """Earlier alerts on the same subject that this person may see too, newest first."""
    return told_briefly(viewer.alerts.filter(subject_kind=alert.subject_kind, subject_code=alert.subject_code), alert)


def _in_force_from(version: RuleVersion) -> str:
    """A shipped rule judges all history there is; the day that stands for it would be read as a date of ours."""
    return _("the first record") if version.effective_from == FROM_THE_BEGINNING else f"{version.effective_from:%Y-%m-%d}"
