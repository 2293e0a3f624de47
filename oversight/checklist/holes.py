"""清单覆盖: items nothing watches, rules no item names, posts without items; every number opens its list, all of it as a file."""

import tempfile
from typing import Any

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ledger.audit.services import record
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import NotFound
from ledger.kit.sheets import CONTENT_TYPE, Table, write_tables
from oversight.center.presenters.times import full_time
from oversight.checklist import words
from oversight.checklist.listing import rule_row
from oversight.checklist.presenting import areas
from oversight.viewer import ConsoleRequest
from risk.alerts.sentences import title
from risk.checklist.gaps import Gaps, ItemRules, gaps
from risk.checklist.queries import version_at

PARTS: dict[str, Promise] = {
    "no_rule": gettext_lazy("Items without a rule"),
    "not_live": gettext_lazy("Items whose rules are all off or in shadow"),
    "rules_without_item": gettext_lazy("Rules without an item"),
    "posts_without_items": gettext_lazy("Posts without items"),
    "covered": gettext_lazy("Items with a live rule"),
}
ITEMS = ("no_rule", "not_live", "covered")


@require_GET
def coverage(request: ConsoleRequest) -> HttpResponse:
    """One part of the coverage, the first where none is named."""
    part = request.GET.get("part", "")
    part = part if part in PARTS else next(iter(PARTS))
    found, number = _gaps()
    here = reverse("checklist:coverage")
    tabs = [
        {"label": label, "count": len(getattr(found, name)), "url": f"{here}?part={name}", "active": name == part}
        for name, label in PARTS.items()
    ]
    return render(
        request,
        "checklist/coverage.html",
        {
            "areas": areas(request.viewer, "checklist:coverage"),
            "tabs": tabs,
            "version": number,
            "part": part,
            "title": PARTS[part],
            "items": [_item(one) for one in getattr(found, part)] if part in ITEMS else [],
            "rules": [_rule(one) for one in found.rules_without_item] if part == "rules_without_item" else [],
            "posts": [_post(one) for one in found.posts_without_items] if part == "posts_without_items" else [],
            "empty": None
            if getattr(found, part)
            else {"title": _("Nothing stands here"), "text": "", "action_label": "", "action_url": ""},
        },
    )


def _gaps() -> tuple[Gaps, int]:
    version = version_at(timezone.now())
    if version is None:
        raise NotFound(_("There is no checklist yet; run prepare."))
    return gaps(version), version.number


def _item(one: ItemRules) -> dict[str, Any]:
    item = one.item
    return {
        "no": item.no,
        "url": reverse("checklist:item", args=[item.no]),
        "place": f"{words.line_title(item.line)} › {item.post} › {item.step}",
        "risk_point": item.risk_point,
        "level": words.value_text("level", item.level),
        "rules": [rule_row(rule.rule.code, rule) for rule in one.rules] + [rule_row(code, None) for code in one.left_out],
    }


def _rule(rule: Any) -> dict[str, str]:
    told = rule_row(rule.rule.code, rule)
    return told | {"line": words.line_title(rule.rule.line), "item": rule.checklist_item or "–"}


def _post(post: Any) -> dict[str, str]:
    return {"code": post.code, "name": post.name, "line": words.line_title(post.line) if post.line else "–"}


@require_GET
def export(request: ConsoleRequest) -> HttpResponseBase:
    """Every part as a sheet of its own."""
    found, number = _gaps()
    at, viewer = timezone.now(), request.viewer
    who = f"{viewer.name} {viewer.number}".strip()
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the answer closes it
    about = [(_("Content"), _("Coverage of the checklist, version %(number)s") % {"number": number}), (_("Exported by"), who)]
    about.append((_("Exported at"), full_time(at)))
    write_tables(file, _tables(found), about_title=_("About this file"), about=about, mark=f"{who} {full_time(at)}")
    file.seek(0)
    record("checklist.exported", actor=request.user, target=f"{number}", address=viewer.address, coverage=True)
    name = f"checklist-coverage-v{number}-{at.astimezone(SHANGHAI):%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPE)


def _tables(found: Gaps) -> list[Table]:
    language = get_language() or "zh-hans"
    fields = ("no", "line", "post", "step", "risk_point", "level")
    header = [*(str(words.FIELDS[name]) for name in fields), _("Rules")]
    tables = [
        Table(
            str(PARTS[part]),
            header,
            [
                [
                    *(words.value_text(name, getattr(one.item, name)) for name in fields),
                    "; ".join([*(f"{rule.rule.code} {rule.get_mode_display()}" for rule in one.rules), *one.left_out]),
                ]
                for one in getattr(found, part)
            ],
            (12, 12, 24, 16, 40, 8, 40),
        )
        for part in ITEMS
    ]
    rules = [
        [rule.rule.code, title(rule, language), str(rule.get_mode_display()), rule.checklist_item] for rule in found.rules_without_item
    ]
    posts = [[post.code, post.name, words.line_title(post.line) if post.line else ""] for post in found.posts_without_items]
    rule_header = [_("Rule"), _("Title"), str(words.RULE_FIELDS["mode"]), _("Checklist item")]
    tables.append(Table(str(PARTS["rules_without_item"]), rule_header, rules, (12, 40, 12, 16)))
    tables.append(Table(str(PARTS["posts_without_items"]), [_("Code"), _("Post"), _("Business line")], posts, (16, 32, 16)))
    return tables
