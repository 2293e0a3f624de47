"""Named frames with declared columns: what detectors look at, loaded for some lines, days and subjects."""

from risk.frames import ledger_frames, record_frames, tenures, transaction_base
from risk.frames.bases import TRANSACTIONS, Base, Clear, Facts, base, bases, register_base
from risk.frames.registry import Request, Subject, load, names, register

for _name, _loader in {
    "transactions": ledger_frames.transactions,
    "steps": ledger_frames.steps,
    "related": ledger_frames.related,
    "openings": ledger_frames.openings,
    "now": ledger_frames.now,
}.items():
    register(_name, _loader)
for _name, _loader in {
    "staff": ledger_frames.staff,
    "agencies": ledger_frames.agencies,
    "units": ledger_frames.units,
    "postings": ledger_frames.postings,
    "holds": ledger_frames.holds,
}.items():
    register(_name, _loader, whole=True)
register_base(TRANSACTIONS, transaction_base.BASE)
for _name, _records in {
    "complaints": record_frames.COMPLAINTS,
    "impounds": record_frames.IMPOUNDS,
    "discipline": record_frames.DISCIPLINE,
    "quarantine": record_frames.QUARANTINE,
    "tenures": tenures.TENURES,
}.items():
    register(_name, _records.frame)
    register_base(_name, _records.base())

__all__ = ["TRANSACTIONS", "Base", "Clear", "Facts", "Request", "Subject", "base", "bases", "load", "names", "register", "register_base"]
