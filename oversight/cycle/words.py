"""Words for what happens in the cycle and for how a task stands."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from oversight.cycle.models import Period, Round, Task

S = Task.Status
# What was done, as the record says it and as somebody who came too late is told.
DONE: dict[str, Promise] = {
    "opened": pgettext_lazy("cycle act", "opened"),
    "submitted": pgettext_lazy("cycle act", "submitted"),
    "accepted": pgettext_lazy("cycle act", "accepted"),
    "returned": pgettext_lazy("cycle act", "returned"),
    "attached": pgettext_lazy("cycle act", "given a photo"),
    "detached": pgettext_lazy("cycle act", "freed of a photo"),
    "noted": pgettext_lazy("cycle act", "noted upon"),
}
STANDINGS: dict[str, Promise] = {
    "untouched": pgettext_lazy("cycle task", "not begun"),
    "at_work": pgettext_lazy("cycle task", "being filled in"),
    "submitted": pgettext_lazy("cycle task", "to be reviewed"),
    "accepted": pgettext_lazy("cycle task", "accepted"),
    "overdue": pgettext_lazy("cycle task", "overdue"),
}
# Which circle of the console's marks stands for it (oversight.templatetags.console).
MARKS = {"untouched": "pending", "at_work": "acknowledged", "submitted": "dispatched", "accepted": "closed", "overdue": "acknowledged"}
STATUS_MARKS = {S.OPEN: "pending", S.SUBMITTED: "dispatched", S.RETURNED: "recurred", S.ACCEPTED: "closed"}
FIELDS: dict[str, Promise] = {
    "post": pgettext_lazy("risk point", "Post"),
    "step": pgettext_lazy("risk point", "Step"),
    "risk_point": pgettext_lazy("risk point", "Risk point"),
    "reason": pgettext_lazy("risk point", "Reason"),
}


def days_of(one: Round) -> str:
    """2026年11月, 2026年第4季度, 2026年."""
    day = one.first_day
    told = {"year": day.year, "month": f"{day.month:02d}", "quarter": (day.month + 2) // 3}
    if one.period == Period.MONTH:
        return pgettext("period", "%(year)d-%(month)s") % told
    if one.period == Period.QUARTER:
        return pgettext("period", "%(year)d Q%(quarter)d") % told
    return pgettext("period", "%(year)d") % told


def title_of(one: Round) -> str:
    """2026年11月清查, 2026年第4季度清理, 2026年总结."""
    told = {"days": days_of(one)}
    if one.period == Period.MONTH:
        return _("Check of %(days)s") % told
    return (_("Clearance of %(days)s") if one.period == Period.QUARTER else _("Summary of %(days)s")) % told


def audit_actions() -> dict[str, Promise]:
    """For the audit trail."""
    own = {
        "cycle.viewed": pgettext_lazy("cycle act", "opened to read"),
        "cycle.paper_opened": pgettext_lazy("cycle act", "photo opened"),
        "cycle.exported": pgettext_lazy("cycle act", "exported"),
        "cycle.summary_made": pgettext_lazy("cycle act", "summary made"),
        "cycle.summary_viewed": pgettext_lazy("cycle act", "summary opened"),
        "cycle.proposal_accepted": pgettext_lazy("cycle act", "proposal accepted"),
        "cycle.proposal_declined": pgettext_lazy("cycle act", "proposal declined"),
        "cycle_terms.saved": pgettext_lazy("cycle act", "terms saved"),
    }
    done = {f"cycle.{kind}": act for kind, act in DONE.items() if kind != "opened"} | own
    return {
        kind: format_lazy("{kind}{colon}{act}", colon=gettext_lazy(": "), kind=gettext_lazy("Checklist cycle"), act=act)
        for kind, act in done.items()
    }
