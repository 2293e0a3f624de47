"""A watch as a row of the list and as a block on the page of its case: before, since, peers, the verdict, the weeks."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from ledger.kit.days import event_day, today
from oversight.aftercare.measuring import UNRANKED
from oversight.aftercare.models import Measurement, Verdict, Watch
from oversight.aftercare.policy import BOUNDS, figures_of
from oversight.aftercare.rates import SHIPPED, Figures, Rate
from oversight.center.presenters import words
from oversight.center.presenters.subjects import Names
from risk.alerts.sentences import plain, title
from risk.frames.bases import TRANSACTIONS
from risk.rules.models import LEVELS

MARKS = {"running": "investigating", "relapsed": "recurred", "stopped": "withdrawn", "ended": "pending"}
VERDICT_MARKS = {Verdict.BETTER.value: "closed", Verdict.UNCHANGED.value: "dispatched", Verdict.TOO_LITTLE.value: "pending"}
BAR, GAP, HEIGHT = 14, 4, 44


def watch_row(watch: Watch, found: Sequence[Measurement], names: Names, seen: set[int]) -> dict[str, Any]:
    """`found`: its measurements by week; `seen`: alerts the person may open; `watch.case`, `watch.alert` and the rule are at hand."""
    subject = names.subject(watch.alert)
    before = next((one for one in found if one.week == 0), None)
    weeks = [one for one in found if one.week]
    since = sum((Rate(one.hits, one.amount) for one in weeks), Rate(0, 0)) if weeks else None
    so_far = weeks[-1].verdict if weeks and watch.status == Watch.Status.RUNNING else ""
    verdict = watch.verdict or so_far
    return {
        "rule": title(watch.alert.rule_version, get_language() or "zh-hans"),
        "level": watch.alert.level,
        "subject": subject.column,
        "code": subject.code,
        "case": watch.case.number,
        "case_url": reverse("cases:case", args=[watch.case.number]),
        "unit": watch.case.unit.name,
        "closed": f"{event_day(watch.closed_at)}",
        "until": f"{watch.until_day}",
        "days_left": max(0, (watch.until_day - today()).days) if watch.status == Watch.Status.RUNNING else None,
        "mark": VERDICT_MARKS[watch.verdict] if watch.verdict else MARKS[watch.status],
        "status": _status(watch),
        "verdict": Verdict(verdict).label if verdict else "",
        "before": rate_of(watch, Rate(before.hits, before.amount)) if before else None,
        "since": rate_of(watch, since) if since is not None else None,
        "peers": _peers(watch, weeks[-1]) if weeks else None,
        "from": f"{watch.from_day}" if not weeks and watch.status == Watch.Status.RUNNING and watch.from_day <= watch.until_day else "",
        "beyond": watch.from_day > watch.until_day,
        "weeks": [_week(watch, one) for one in found],
        "chart": chart(found, figures_of(watch).least_peers) if len(found) > 1 else None,
        "relapses": [
            {
                "day": f"{one.day}",
                "number": one.alert.number if one.alert_id in seen else "",
                "url": reverse("center:alert", args=[one.alert.number]) if one.alert_id in seen else "",
            }
            for one in watch.relapses.all()
        ],
    }


def by_days(watch: Watch) -> bool:
    """Whether its hits are counted against days, not against transactions."""
    return watch.alert.rule.frame != TRANSACTIONS or watch.alert.subject_kind in UNRANKED


def rate_of(watch: Watch, rate: Rate) -> dict[str, str]:
    """命中率: hits a hundred, and of how many; as {text, detail}."""
    told = {"hits": rate.hits, "amount": rate.amount}
    if rate.hundred is None:
        return {"text": _("%(hits)d hits") % told, "detail": _("no business")}
    if by_days(watch):
        return {"text": _("%(hits)d hits") % told, "detail": _("in %(amount)d days") % told}
    return {"text": _("%(rate)s a hundred") % {"rate": _plain(rate.hundred)}, "detail": _("%(hits)d hits / %(amount)d") % told}


def _plain(rate: float) -> str:
    return plain(round(rate, 2))


def _status(watch: Watch) -> str:
    if watch.verdict:
        return str(Verdict(watch.verdict).label)
    return str(Watch.Status(watch.status).label)


def _peers(watch: Watch, last: Measurement) -> dict[str, str] | None:
    """The median of the peers' rates and how many they are; None where nobody is compared."""
    if by_days(watch):
        return None
    told = {"peers": last.peers}
    if last.peers < figures_of(watch).least_peers or last.peers_median is None:
        return {"text": _("too few peers"), "detail": _("%(peers)d peers") % told}
    return {"text": _("%(rate)s a hundred") % {"rate": _plain(last.peers_median)}, "detail": _("%(peers)d peers") % told}


def _week(watch: Watch, one: Measurement) -> dict[str, Any]:
    return {
        "name": pgettext("aftercare", "before") if one.week == 0 else pgettext("aftercare", "week %(number)d") % {"number": one.week},
        "days": f"{_day(one.first_day)} – {_day(one.last_day)}",
        "rate": rate_of(watch, Rate(one.hits, one.amount)),
        "observed": plain(one.observed) if one.observed is not None else "–",
        "peers": _peers(watch, one),
        "verdict": Verdict(one.verdict).label if one.verdict else "–",
    }


def _day(day: date) -> str:
    return f"{day:%m-%d}"


def chart(found: Sequence[Measurement], least_peers: int = SHIPPED.least_peers) -> dict[str, Any]:
    """Bars of hits a hundred, the weeks before first, with the median of peers as a stroke across each; y runs down from the top."""
    rates = [Rate(one.hits, one.amount).hundred or 0.0 for one in found]
    medians = [one.peers_median if one.peers >= least_peers else None for one in found]
    top = max([*rates, *(one for one in medians if one is not None)]) or 1.0
    bars = []
    for place, (one, rate, middle) in enumerate(zip(found, rates, medians, strict=True)):
        tall = max(1, round(HEIGHT * rate / top))
        bars.append(
            {
                "x": place * (BAR + GAP),
                "y": HEIGHT - tall,
                "height": tall,
                "before": one.week == 0,
                "median_y": None if middle is None else round(HEIGHT - HEIGHT * middle / top),
            }
        )
    return {
        "bars": bars,
        "width": len(found) * (BAR + GAP) - GAP,
        "height": HEIGHT,
        "bar": BAR,
        "medians": any(one is not None for one in medians),
    }


def policy_context(figures: Figures, edited: bool, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """What aftercare/policy.html prints. `typed`: what was refused."""
    values = figures.snapshot() | (typed or {})
    labels = {
        "before_weeks": _("Weeks before the alert that are compared with"),
        "least_amount": _("Transactions (or days) since closing, below which nothing is said"),
        "better_percent": _("Effective: the rate is at most so many percent of that before"),
        "peer_amount": _("Transactions of a peer in the same days, at least"),
        "least_peers": _("Peers, below which nobody is compared with"),
    }
    return {
        "numbers": [{"name": name, "label": label, "value": values[name], "bounds": BOUNDS[name]} for name, label in labels.items()],
        "level": values["least_level"],
        "levels": [(level, words.LEVELS[level]) for level in LEVELS],
        "edited": edited,
    }
