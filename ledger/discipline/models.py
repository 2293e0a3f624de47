from django.db import models

from ledger.journal.models import Recorded
from ledger.roster.prohibitions import Prohibition


class DisciplineCase(Recorded):
    """One decided case against a member of the force, as it stands now. Identity: source and `case_no`.

    Personal: the whole row, which says what somebody was punished for; so does the text of its versions. `staff_no` need not be on the
    roster, because people leave; `decided_at` is a Shanghai day.
    """

    kind, key_field = "violations_of_discipline", "case_no"

    case_no = models.CharField(max_length=64)
    decided_at = models.DateField()
    staff_no = models.CharField(max_length=40)
    unit_code = models.CharField(max_length=40)
    prohibition = models.CharField(max_length=1, choices=Prohibition, blank=True)
    decision = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "case_no"], name="discipline_case_identity")]
        indexes = [models.Index(fields=["unit_code", "decided_at"]), models.Index(fields=["staff_no", "decided_at"])]

    def __str__(self) -> str:
        return f"{self.source}:{self.case_no}"
