from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "risk"

    def ready(self) -> None:
        from ledger.journal.changes import on_ledger_change, on_roster_change
        from risk.detectors.registry import detectors
        from risk.scoring.marks import mark_ledger_change, mark_roster_change

        detectors()
        on_ledger_change(mark_ledger_change)
        on_roster_change(mark_roster_change)
