from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        # Registers the system checks, and makes @shared_task functions belong to this Celery application.
        from oversight import access, celery, checks  # noqa: F401
        from oversight.center.relating import relate_new
        from oversight.documents.case_sources import register_cases
        from oversight.live.announce import announce
        from risk.alerts.sequencer import on_sequenced

        on_sequenced(announce)
        on_sequenced(relate_new)
        register_cases()
