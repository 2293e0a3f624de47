"""Where the areas are joined at start: a lower room that must be told by a higher one lets it register, and here is who does."""

from oversight.actions.marking import join_actions
from oversight.aftercare import sections as aftercare_sections
from oversight.aftercare import telling as aftercare_telling
from oversight.aftercare.services import alerts_unchecked, begin_watches, stop_watches
from oversight.aftercare.work import relapses_waiting
from oversight.breakers import bell as breaker_bell
from oversight.breakers import rectifications
from oversight.breakers import workbench as breaker_work
from oversight.cases import bell as case_bell
from oversight.cases import telling
from oversight.cases.closing import follow_outcomes, register_closing_check, register_outcome_check
from oversight.cases.leading.queries import lead_left
from oversight.cases.models import Case
from oversight.cases.offering import offer_case
from oversight.cases.related import handling
from oversight.cases.running import register_terms
from oversight.cases.sections import CaseSection, register_section
from oversight.cases.work import register_work as register_case_work
from oversight.center import requests
from oversight.center.offers import register_offer
from oversight.center.relating import relate_new
from oversight.cycle.work import proposals_to_decide, tasks_to_do
from oversight.documents import sections as document_sections
from oversight.documents.case_sources import register_cases
from oversight.documents.measure_sources import register_measures
from oversight.duty.undone import register_concerned
from oversight.live.announce import announce
from oversight.measures import bell as measure_bell
from oversight.measures import sections as measure_sections
from oversight.measures import words as measure_words
from oversight.measures.transfers.queries import not_transferred
from oversight.measures.work import measures_left
from oversight.measures.work import register_work as register_measure_work
from oversight.orders import bell as order_bell
from oversight.orders import sections as order_sections
from oversight.orders import words as order_words
from oversight.orders.queries import accepted_order, first_term_begun, first_term_end, orders_left, with_open_order
from oversight.orders.work import orders_issued, orders_to_do
from risk.alerts.sequencer import on_sequenced
from risk.backtest.runs.queries import done_for
from risk.checklist.revisions.gate import register_backtests


def join_areas() -> None:
    """Called once, when every model is there."""
    join_actions()
    on_sequenced(announce)
    on_sequenced(relate_new)
    register_offer(offer_case)
    register_backtests(lambda digest: done_for(digest) is not None)
    _join_workbench()
    register_concerned(handling)
    for area in (order_bell, case_bell, measure_bell, breaker_bell):
        area.register_bell()
    _join_cases()
    rectifications.on_reference(accepted_order)
    register_cases()
    register_measures()


def _join_workbench() -> None:
    register_case_work()
    requests.register(waiting=orders_to_do, asked=orders_issued)
    register_terms(covers=with_open_order, begins=first_term_begun, ends=first_term_end)
    register_measure_work()
    requests.register(waiting=breaker_work.lines)
    requests.register(waiting=relapses_waiting)
    requests.register(waiting=tasks_to_do)
    requests.register(waiting=proposals_to_decide)


def _join_cases() -> None:
    """The sections of a case's page in their order, the words of its record, and what keeps it open."""
    register_section(CaseSection(order_sections.TEMPLATE, order_sections.orders_of_case))
    register_section(CaseSection(measure_sections.TEMPLATE, measure_sections.case_section))
    register_section(CaseSection(document_sections.TEMPLATE, document_sections.documents_section))
    register_section(CaseSection(aftercare_sections.TEMPLATE, aftercare_sections.case_section))
    aftercare_telling.register()
    follow_outcomes(closed=begin_watches, reopened=stop_watches)
    telling.register_words(order_words.audit_actions())
    telling.register_words(measure_words.audit_actions())
    telling.register_words(document_sections.WORDS)
    telling.register_details({"document.made": document_sections.made})
    register_closing_check(orders_left)
    register_closing_check(measures_left)
    register_closing_check(lead_left)
    register_closing_check(alerts_unchecked)
    register_outcome_check(Case.Outcome.TRANSFERRED, not_transferred)
