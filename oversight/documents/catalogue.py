"""The kinds of documents there are, after the forms of the force. GB/T 9704-2012 binds what goes out; the rest are internal forms."""

from pathlib import Path

from oversight.documents.agency_kinds import EXTENSION, OBJECTION_ANSWER, RESUMPTION, SUSPENSION
from oversight.documents.case_kinds import ASSIGNMENT, CIRCULAR, CYCLE, RECTIFICATION, SUPERVISION, TRANSFER
from oversight.documents.kinds import DocumentKind
from oversight.documents.people_kinds import ACCOUNTABILITY, ACCOUNTABILITY_DECISION, INTERVIEW_NOTICE, INTERVIEW_RECORD, RECOMMENDATION

# The Word templates that are shipped, one a kind.
FOLDER = Path(__file__).with_name("shipped")

KINDS: dict[str, DocumentKind] = {
    kind.code: kind
    for kind in (
        SUPERVISION,
        ASSIGNMENT,
        RECTIFICATION,
        INTERVIEW_NOTICE,
        INTERVIEW_RECORD,
        ACCOUNTABILITY,
        ACCOUNTABILITY_DECISION,
        RECOMMENDATION,
        SUSPENSION,
        EXTENSION,
        OBJECTION_ANSWER,
        RESUMPTION,
        CIRCULAR,
        TRANSFER,
        CYCLE,
    )
}
