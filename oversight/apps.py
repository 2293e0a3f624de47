from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "oversight"

    def ready(self) -> None:
        # Registers the system checks, and makes @shared_task functions belong to this Celery application.
        from oversight import access, celery, checks  # noqa: F401
        from oversight.aftercare import sections as aftercare_sections
        from oversight.aftercare import telling as aftercare_telling
        from oversight.aftercare.services import alerts_unchecked, begin_watches, stop_watches
        from oversight.aftercare.work import relapses_waiting
        from oversight.cases.closing import follow_outcomes, register_closing_check
        from oversight.cases.offering import offer_case
        from oversight.cases.sections import CaseSection, register_section
        from oversight.cases.work import register_work
        from oversight.center import requests
        from oversight.center.offers import register_offer
        from oversight.center.relating import relate_new
        from oversight.documents.case_sources import register_cases
        from oversight.live.announce import announce
        from oversight.measures import sections as measure_sections
        from oversight.orders import sections as order_sections
        from oversight.orders.queries import orders_left
        from oversight.orders.work import orders_issued, orders_to_do
        from risk.alerts.sequencer import on_sequenced

        on_sequenced(announce)
        on_sequenced(relate_new)
        register_offer(offer_case)
        register_work()
        requests.register(waiting=orders_to_do, asked=orders_issued)
        register_section(CaseSection(order_sections.TEMPLATE, order_sections.orders_of_case))
        register_closing_check(orders_left)
        register_section(CaseSection(measure_sections.TEMPLATE, measure_sections.case_section))
        register_cases()
        register_section(CaseSection(aftercare_sections.TEMPLATE, aftercare_sections.case_section))
        aftercare_telling.register()
        follow_outcomes(closed=begin_watches, reopened=stop_watches)
        register_closing_check(alerts_unchecked)
        requests.register(waiting=relapses_waiting)
