from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        # Registers the system checks, and makes @shared_task functions belong to this Celery application.
        from oversight import access, celery, checks  # noqa: F401
        from oversight.cases.offering import offer_case
        from oversight.cases.work import register_work
        from oversight.center.offers import register_offer
        from oversight.center.relating import relate_new
        from oversight.live.announce import announce
        from risk.alerts.sequencer import on_sequenced

        on_sequenced(announce)
        on_sequenced(relate_new)
        register_offer(offer_case)
        register_work()
