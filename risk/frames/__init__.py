"""Named frames with declared columns: what detectors look at, loaded for some lines, days and subjects."""

from risk.frames import ledger_frames
from risk.frames.registry import Request, Subject, load, names, register

for _name, _loader in {
    "transactions": ledger_frames.transactions,
    "steps": ledger_frames.steps,
    "related": ledger_frames.related,
    "openings": ledger_frames.openings,
    "staff": ledger_frames.staff,
    "agencies": ledger_frames.agencies,
    "postings": ledger_frames.postings,
    "now": ledger_frames.now,
}.items():
    register(_name, _loader)

__all__ = ["Request", "Subject", "load", "names", "register"]
