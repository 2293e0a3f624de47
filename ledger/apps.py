from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self) -> None:
        from ledger.journal.changes import on_ledger_change
        from ledger.journal.counting import count_ledger_change
        from ledger.seal.leaves import record_leaves, transaction_leaves
        from ledger.seal.verifying import register_verifier

        register_verifier("versions", transaction_leaves)
        register_verifier("records", record_leaves)
        on_ledger_change(count_ledger_change)
