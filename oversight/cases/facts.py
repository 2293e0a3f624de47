"""Title and facts of a case as its alerts tell them on opening, always in Chinese: they stand in documents. No full personal number."""

from collections.abc import Sequence

from django.utils import translation

from ledger.kit.masking import mask_free_text
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names
from risk.alerts.models import Alert, IssuedWarning
from risk.alerts.sentences import title

LANGUAGE = "zh-hans"
# As much as the columns of a case hold.
TITLE, FACTS = 200, 4_000


def title_of(alert: Alert) -> str:
    """Unit and risk, and nobody's name: 二大队登记窗口 退办率偏高."""
    unit = alert.unit.name if alert.unit else ""
    return f"{unit} {title(alert.rule_version, LANGUAGE)}".strip()[:TITLE]


def facts_of(alerts: Sequence[Alert]) -> str:
    """A line for each alert: its number, its sentence and what the first check concluded."""
    names = Names.of(alerts)
    texts = dict(IssuedWarning.objects.filter(alert__in=alerts).values_list("alert", "text"))
    with translation.override(LANGUAGE):
        lines = [f"{alert.number} {_line(said(alert, names.subject(alert)), texts.get(alert.pk, ''))}" for alert in alerts]
    return "\n".join(lines)[:FACTS]


def _line(sentence: str, conclusion: str) -> str:
    return f"{sentence.rstrip('。')}。{mask_free_text(conclusion)}" if conclusion else sentence
