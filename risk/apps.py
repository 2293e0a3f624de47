from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "risk"

    def ready(self) -> None:
        from ledger.journal.changes import on_ledger_change, on_roster_change
        from ledger.seal.verifying import register_verifier
        from risk.alerts import hit_rows
        from risk.checklist.verifying import checklist_versions
        from risk.detectors.registry import detectors
        from risk.frames import register, register_base
        from risk.rules.verifying import rule_versions
        from risk.scoring.marks import mark_ledger_change, mark_roster_change

        register(hit_rows.FRAME, hit_rows.hits)
        register_base(hit_rows.FRAME, hit_rows.BASE)
        detectors()
        on_ledger_change(mark_ledger_change)
        register_verifier("rules", rule_versions)
        register_verifier("checklist", checklist_versions)
        on_roster_change(mark_roster_change)
