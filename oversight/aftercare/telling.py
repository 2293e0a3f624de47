"""What the record of a case says of its watches."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from oversight.aftercare.models import Verdict
from oversight.cases.telling import register_details, register_words

WORDS = {
    "watch.began": gettext_lazy("The effect is watched"),
    "watch.relapsed": gettext_lazy("Relapse found"),
    "watch.joined": gettext_lazy("The alert of the relapse joined the case"),
    "watch.ended": pgettext_lazy("aftercare", "The term of the watch is over"),
}


def register() -> None:
    register_words(WORDS)
    register_details({"watch.began": _began, "watch.joined": _joined, "watch.ended": _ended})


def _began(data: dict[str, Any]) -> str:
    return _("until %(day)s: %(rules)s") % {"day": data["until"], "rules": _(", ").join(data["rules"])}


def _joined(data: dict[str, Any]) -> str:
    return str(data["alert"])


def _ended(data: dict[str, Any]) -> str:
    return f"{data['rule']} {Verdict(data['verdict']).label}"
