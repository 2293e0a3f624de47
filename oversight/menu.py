"""The menu: one line for a page. Who sees it follows from the access table; a page that does not exist has no line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.intake.refused.queries import PARTS, visible_rows
from oversight.access import opens
from oversight.viewer import Viewer


@dataclass(frozen=True)
class Item:
    """A line of the menu. `count`: how much the page behind it lists; `within`: pages for which it stays marked.

    `own_tab`: it opens in a tab of its own.
    """

    label: Promise
    icon: str
    view: str
    count: Callable[[Viewer], int] | None = None
    within: tuple[str, ...] = ()
    own_tab: bool = False


_CASE_ACTS = (
    "ask",
    "approve",
    "return",
    "propose",
    "close",
    "send-back",
    "reopen",
    "instruct",
    "comment",
    "hand-over",
    "seal",
    "unseal",
    "led-by",
    "led-end",
)
_SECRET_ACTS = ("seal", "unseal", "led-by", "led-end")
_PARTY_ACTS = ("party-sign", "party-report", "party-return", "party-remind")
CASE_PAGES = ("cases:case", "cases:escalate", *(f"cases:{act}" for act in (*_CASE_ACTS, *_SECRET_ACTS, *_PARTY_ACTS)))
ESCALATION_PAGES = tuple(f"cases:escalation-{act}" for act in ("receive", "instruct", "finish"))
MENU: tuple[tuple[Promise, tuple[Item, ...]], ...] = (
    (
        _("On duty"),
        (
            Item(_("Workbench"), "layout-dashboard", "center:workbench"),
            Item(_("My checklist"), "clipboard-check", "checklist:mine", within=("checklist:sign",)),
            Item(
                _("Alerts"),
                "alert-triangle",
                "center:alerts",
                lambda viewer: viewer.figures["mine"],
                ("center:alert",),
            ),
            Item(
                _("Business ledger"),
                "table",
                "business:search",
                within=("business:transaction", "business:reveal", "business:subject"),
            ),
            Item(
                _("Documents"),
                "clipboard-data",
                "documents:documents",
                within=("documents:document", "documents:draft", "documents:make"),
            ),
            Item(_("Wall"), "device-tv", "wall:wall", within=("wall:alerts", "wall:rules", "wall:sources"), own_tab=True),
            Item(_("Duty shifts"), "users", "duty:shifts", within=("duty:start", "duty:end")),
        ),
    ),
    (
        _("Handling"),
        (
            Item(_("Cases"), "list-check", "cases:cases", within=("cases:dispatch", *CASE_PAGES)),
            Item(
                pgettext_lazy("menu", "Orders"),
                "clipboard-list",
                "orders:orders",
                within=("orders:order", "orders:issue", "orders:response", "orders:review", "orders:attach"),
            ),
            Item(_("Escalations"), "trending-up", "cases:escalations", within=ESCALATION_PAGES),
            Item(_("Effect of rectification"), "chart-bar", "aftercare:watches"),
            Item(
                _("Stopped business"),
                "bolt",
                "measures:suspensions",
                within=(
                    "measures:suspensions-one",
                    "measures:suspensions-act",
                    "measures:suspensions-propose",
                    "breakers:breakers",
                    "breakers:breaker",
                    "breakers:propose",
                    "breakers:policies",
                    "breakers:policy",
                    "breakers:save",
                ),
            ),
        ),
    ),
    (
        pgettext_lazy("menu", "Measures"),
        (
            Item(
                _("Warned interviews"),
                "messages",
                "measures:interviews",
                within=("measures:interviews-one", "measures:interviews-act", "measures:interviews-propose", "measures:calendar"),
            ),
            Item(
                _("Accountability"),
                "gavel",
                "measures:accountability",
                within=(
                    "measures:accountability-one",
                    "measures:accountability-act",
                    "measures:accountability-propose",
                    "measures:joint-exempt",
                ),
            ),
            Item(
                _("Joint responsibility"),
                "users",
                "measures:joint-mine",
                within=("measures:joint-points", "measures:joint", "measures:joint-draft", "measures:joint-publish"),
            ),
            Item(
                _("Circulars"),
                "message",
                "measures:circulars",
                within=("measures:circulars-one", "measures:circulars-act", "measures:circulars-propose"),
            ),
            Item(
                _("Transfers"),
                "external-link",
                "measures:transfers",
                within=("measures:transfers-one", "measures:transfers-act", "measures:transfers-propose"),
            ),
            Item(_("Offices and terms"), "settings", "measures:offices", within=("measures:offices-change",)),
            Item(_("Addressed to me"), "clipboard-check", "measures:mine", within=("measures:mine-one", "measures:mine-sign")),
        ),
    ),
    (
        _("Data"),
        (
            Item(
                _("Data intake"),
                "database-import",
                "intake:deliveries",
                within=("intake:delivery", "intake:upload", "intake:upload-change", "intake:sources", "intake:source"),
            ),
            Item(
                _("Quarantine"),
                "clipboard-list",
                "intake:quarantine",
                lambda viewer: visible_rows(viewer.user, viewer.grants).filter(PARTS["open"]).count(),
                ("intake:refused_row", "intake:reveal_row", "intake:ask_discard", "intake:decide_discard"),
            ),
        ),
    ),
    (
        _("Rules"),
        (
            Item(
                _("Risk checklist"),
                "list-check",
                "checklist:items",
                within=(
                    "checklist:item",
                    "checklist:powers",
                    "checklist:power",
                    "checklist:versions",
                    "checklist:diff",
                    "checklist:roll-back",
                    "checklist:draft",
                    "checklist:new",
                    "checklist:edit",
                    "checklist:sheet",
                    "checklist:sheet-take",
                    "checklist:coverage",
                    "checklist:signing",
                    "checklist:assign",
                ),
            ),
            Item(
                _("Rules"),
                "adjustments",
                "rules:rules",
                within=("rules:rule", "rules:edit", "rules:draft", "rules:new", "rules:play", "rules:cancel", "rules:discard"),
            ),
            Item(_("Rule health"), "trending-up", "rules:health"),
            Item(_("Coverage and health"), "shield-check", "coverage:matrix"),
            Item(
                pgettext_lazy("menu", "Checklist cycle"),
                "clipboard-check",
                "cycle:overview",
                within=("cycle:tasks", "cycle:task", "cycle:fill", "cycle:review", "cycle:findings", "cycle:proposals", "cycle:summary"),
            ),
            Item(
                _("Suppressions"),
                "volume-off",
                "suppressions:suppressions",
                within=("suppressions:suppression", "suppressions:ask", "suppressions:decide", "suppressions:end"),
            ),
            Item(
                _("Sweeps of history"), "refresh", "sweeps:sweeps", within=("sweeps:order", "sweeps:pause", "sweeps:resume", "sweeps:stop")
            ),
            Item(
                _("Detection figures"),
                "chart-bar",
                "evaluations:evaluations",
                within=("evaluations:evaluation", "evaluations:upload", "evaluations:run"),
            ),
        ),
    ),
    (
        _("Audit"),
        (
            Item(_("Audit trail"), "file-search", "trail:entries"),
            Item(_("Recusal"), "lock", "recusal:relations", within=("recusal:ask", "recusal:decide")),
        ),
    ),
    (
        _("System"),
        (
            Item(_("Wall screens"), "device-tv", "wall:screens", within=("wall:revoke",)),
            Item(_("Case terms"), "hourglass", "cases:policy", within=("cases:policy-save", "cases:policy-departments")),
            Item(_("Terms of the cycle"), "hourglass", "cycle:terms"),
            Item(_("Effect terms"), "chart-bar", "aftercare:policy", within=("aftercare:policy-save",)),
            Item(_("Document templates"), "clipboard-list", "documents:templates", within=("documents:template", "documents:put_back")),
        ),
    ),
)


def menu(viewer: Viewer, view_name: str) -> list[dict[str, Any]]:
    """The sections with at least one page open to this person, the page they are on marked."""
    sections = []
    for title, items in MENU:
        shown = [_shown(item, viewer, view_name) for item in items if opens(item.view, viewer.roles)]
        if shown:
            sections.append({"title": title, "items": shown})
    return sections


def _shown(item: Item, viewer: Viewer, view_name: str) -> dict[str, Any]:
    return {
        "url": reverse(item.view),
        "label": item.label,
        "icon": item.icon,
        "count": item.count(viewer) if item.count else None,
        "active": view_name in (item.view, *item.within),
        "own_tab": item.own_tab,
    }
