from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger.journal.changes import on_ledger_change
        from ledger.journal.counting import count_ledger_change

        on_ledger_change(count_ledger_change)
