"""The timetable: everything the platform does by the clock, in one place.

The name of an entry is for logs; `task` is the dotted name of a function in a tasks.py (a system check finds those that name nothing);
`schedule` is in seconds or a crontab in Asia/Shanghai; `expires` (seconds) drops a message that waited that long, so that a stopped
worker does not come back to a pile of them.
"""

from typing import Any

from celery.schedules import crontab

from oversight import env

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # The sweep behind the doorbell: what was committed while a message got lost is scored at the next stroke.
    "risk.score": {"task": "risk.tasks.score_pending", "schedule": 2.0, "options": {"expires": 10}},
    # Sweeps of history, behind what is live: a short stroke of work, then a rest.
    "risk.sweep": {"task": "risk.tasks.run_sweeps", "schedule": 2.0, "options": {"expires": 4}},
    # Evaluations of detection that were ordered on the page.
    "risk.evaluate": {"task": "risk.tasks.run_evaluations", "schedule": 3.0, "options": {"expires": 6}},
    # Backtests of rule drafts that were ordered on the page, in case no doorbell was heard.
    "risk.backtest": {"task": "risk.tasks.run_backtests", "schedule": 2.0, "options": {"expires": 4}},
    # After midnight: open rows are measured anew, peers are compared; asked every hour in case nobody was there at midnight.
    "risk.close": {"task": "risk.tasks.close_days", "schedule": crontab(minute=2), "options": {"expires": 3000}},
    # Looks for rows that no rule has looked at, and for rules that no longer hit where they must.
    "risk.gaps": {"task": "risk.tasks.find_gaps", "schedule": crontab(minute=12), "options": {"expires": 3000}},
    "risk.canaries": {"task": "risk.tasks.run_canaries", "schedule": crontab(minute=22), "options": {"expires": 3000}},
    # Whom a relation declared since keeps from an alert that stands already.
    "risk.recuse": {"task": "risk.tasks.recuse_relations", "schedule": crontab(minute=32), "options": {"expires": 3000}},
    # Snoozed alerts whose time has come.
    "risk.wake": {"task": "risk.tasks.wake_snoozed", "schedule": 5.0, "options": {"expires": 10}},
    # Gives committed events their position in the live stream.
    "oversight.sequence": {"task": "oversight.tasks.sequence_events", "schedule": 2.0, "options": {"expires": 10}},
    # Red alerts nobody takes: reminders to who is on duty, then the report to the leaders.
    "oversight.remind": {"task": "oversight.tasks.remind_unattended", "schedule": 10.0, "options": {"expires": 20}},
    # Alerts whose ground the data took away after somebody had acted on them.
    "oversight.undone": {"task": "oversight.tasks.tell_undone", "schedule": 60.0, "options": {"expires": 120}},
    # Cases of which a party is late: raised to a higher level.
    "oversight.escalate": {"task": "oversight.tasks.escalate_overdue", "schedule": 180.0, "options": {"expires": 360}},
    # Parties and escalations whose term is near its end or over.
    "oversight.cases": {"task": "oversight.tasks.remind_due_cases", "schedule": 60.0, "options": {"expires": 120}},
    # Closed cases: relapses, the weeks that are over, the ends of watches.
    "oversight.aftercare": {"task": "oversight.tasks.follow_up_cases", "schedule": 300.0, "options": {"expires": 600}},
    # Orders whose term is near its end or over.
    "oversight.orders": {"task": "oversight.tasks.remind_due_orders", "schedule": 60.0, "options": {"expires": 120}},
    # Suspensions whose last day comes, or is over without acceptance.
    "oversight.suspensions": {"task": "oversight.tasks.note_last_days", "schedule": 300.0, "options": {"expires": 600}},
    # Rounds of the checklist: opened on the first working day, asked every hour in case nobody was there at midnight.
    "oversight.cycle": {"task": "oversight.tasks.open_rounds", "schedule": crontab(minute=42), "options": {"expires": 3000}},
    # Breakers: trips by issued warnings, ends of terms and of probations.
    "oversight.breakers": {"task": "oversight.tasks.evaluate_breakers", "schedule": 5.0, "options": {"expires": 10}},
    # Duty shifts that nobody ended.
    "oversight.shifts": {"task": "oversight.tasks.close_forgotten_shifts", "schedule": 300.0, "options": {"expires": 600}},
    # Hits that a rule no longer makes since somebody raised its threshold.
    "oversight.missed": {"task": "oversight.tasks.note_missed_hits", "schedule": crontab(minute=42), "options": {"expires": 3000}},
    # Files that wait to be taken, and those whose import was cut short.
    "ledger.take": {"task": "ledger.tasks.take_deliveries", "schedule": 5.0, "options": {"expires": 10}},
    # Files put up in the browser: looked at and tried, in case no doorbell was heard.
    "ledger.uploads": {"task": "ledger.tasks.try_uploads", "schedule": 5.0, "options": {"expires": 10}},
    # What was left on the disk by sendings that broke off.
    "oversight.incoming": {"task": "oversight.tasks.clear_incoming", "schedule": crontab(hour=3, minute=20), "options": {"expires": 3600}},
    # Steps whose transaction never came stop waiting and go to quarantine.
    "ledger.waiting": {"task": "ledger.tasks.reject_overdue_steps", "schedule": crontab(hour=3, minute=10), "options": {"expires": 3600}},
}

DEMO_SCHEDULE: dict[str, dict[str, Any]] = {
    # A demonstration detachment where something is always happening.
    "oversight.trickle": {"task": "oversight.tasks.trickle", "schedule": 4.0, "options": {"expires": 4}},
}

beat_schedule = BEAT_SCHEDULE | (DEMO_SCHEDULE if env.DEMO else {})
