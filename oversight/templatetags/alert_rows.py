"""The row of an alert in its list. It is put together here and not in a template: a list draws fifty of it, and a template of that many
parts took half of the time of the whole page."""

from collections.abc import Mapping
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oversight.templatetags.console import due, level_chip, status_mark

register = template.Library()

# What a row tells the script, by the key of the row dict that holds it.
ROW_DATA = {
    "row": "row_url",
    "preview": "preview_url",
    "level": "level",
    "acknowledge": "acknowledge_url",
    "dismiss": "dismiss_url",
    "comment": "comment_url",
    "snooze": "snooze_url",
    "assign": "assign_url",
    "handlers": "handlers_url",
    "issue": "issue_url",
    "dispatch": "dispatch_url",
    "escalate": "escalate_url",
    "kin": "kin_url",
    "members": "members",
}


@register.simple_tag
def alert_tr(row: Mapping[str, Any]) -> SafeString:
    """The table row; center/_row.html says what it holds. Everything but the marks of the console is escaped."""
    number = escape(row["number"])
    unit, rule, handler = escape(row["unit"]), escape(row["rule_title"]), escape(row["handler"]) or "–"
    classes = f"mj-row{' mj-pickable' if row.get('picks') else ''}{' mj-member' if row.get('member') else ''}"
    until = escape(row["until"])
    title, hidden = (f' title="{until}"', f'<span class="visually-hidden"> {until}</span>') if until else ("", "")
    return mark_safe(
        f'<tr id="alert-{number}" class="{classes}" role="row" data-number="{number}"{_data(row)}>'
        f"{_pick(number) if row.get('picks') else ''}"
        f'<td class="c-level" role="cell">{level_chip(row["level"])}</td>'
        f'<td class="c-time mj-num" role="cell"><time title="{row["time_full"]}">{escape(row["time_short"])}</time></td>'
        f'<td class="c-subject" role="cell">{_subject(row)}</td>'
        f'<td class="c-unit" role="cell" title="{unit}">{unit}</td>'
        f'<td class="c-rule" role="cell" title="{rule}">{rule}</td>'
        f"{_summary(row)}"
        f'<td class="c-status" role="cell"{title}>{status_mark(row["status"])}{escape(row["status_label"])}{hidden}</td>'
        f'<td class="c-due" role="cell">{due(row["deadline"], row["no_clock"])}</td>'
        f'<td class="c-handler" role="cell">{handler}</td></tr>\n'
    )


def _data(row: Mapping[str, Any]) -> str:
    """The data attributes; an act that is not possible now has none."""
    return "".join([f' data-{name}="{escape(value)}"' for name, key in ROW_DATA.items() if (value := row.get(key))])


def _pick(number: str) -> str:
    box = f'<input class="form-check-input" type="checkbox" data-pick value="{number}" autocomplete="off">'
    word = f'<span class="visually-hidden">{escape(_("Choose"))} {number}</span>'
    return f'<td class="c-pick" role="cell"><label>{box}{word}</label></td>'


def _subject(row: Mapping[str, Any]) -> str:
    name, code = escape(row["subject"]), escape(row["subject_code_masked"] or "")
    shown = f"{name} <span>{code}</span>" if code else name
    return f'<a href="{escape(row["url"])}" title="{name} {code}">{shown}</a>'


def _summary(row: Mapping[str, Any]) -> str:
    text, others = escape(row["summary"]), row.get("others")
    kin = ""
    if others:
        told = escape(ngettext("+%(others)s related", "+%(others)s related", others) % {"others": others})
        kin = f'<button type="button" class="mj-kin" aria-expanded="false">{told}</button>'
    return f'<td class="c-summary" role="cell" title="{text}">{kin}{text}</td>'
