"""`evaluate`: recall and precision of the alerts that stand, against labelled misconduct."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ledger.audit.services import record
from ledger.kit.commands import CommandParser, Result, ResultCommand
from risk.evaluation.evaluate import read_labels
from risk.evaluation.evaluate.gather import DEFAULT_SOURCE
from risk.evaluation.evaluate.telling import told
from risk.evaluation.running import figures_of


class Command(ResultCommand):
    help = _("Compares the alerts that stand with labelled misconduct: recall, precision, false alerts, delay, and what each rule did.")

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("labels", type=Path, metavar="LABELS.csv")
        parser.add_argument("--source", default=DEFAULT_SOURCE, help=_("the source whose serial numbers the labels use (default manual)"))
        parser.add_argument("--shadow", action="store_true", help=_("count what rules in shadow would have raised, too"))
        parser.add_argument("--lang", choices=[code for code, _name in settings.LANGUAGES], help=_("language of the text"))
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=_("file for all figures as JSON"))

    def run(self, **options: Any) -> Result:
        instances = read_labels(options["labels"])
        figures, _known = figures_of(instances, source=options["source"], shadow=options["shadow"])
        record("alerts.evaluated", target=str(options["labels"]), instances=figures.instances, alerts=figures.alerts)
        facts = figures.facts()
        if options["output"]:
            options["output"].write_text(json.dumps(facts, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
        with translation.override(options["lang"] or translation.get_language() or settings.LANGUAGE_CODE):
            return Result(facts, told(figures))
