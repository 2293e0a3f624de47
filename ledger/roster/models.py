"""The roster: units with their two superiors, agencies, posts, staff, postings, shifts, and relations that ask for recusal."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from ledger.roster.accounts import Role, RoleGrant, User

__all__ = ["Agency", "Post", "Posting", "Relation", "Role", "RoleGrant", "Shift", "Staff", "Unit", "User"]


class Unit(MP_Node):
    """A unit of the force. The tree is that of business superiors; the administrative superior (a county bureau, say) stands beside it."""

    class Kind(models.TextChoices):
        DETACHMENT = "detachment", _("detachment")
        DEPARTMENT = "department", _("department")
        CENTRE = "supervision_centre", _("supervision centre")
        DISCIPLINE = "discipline", _("discipline")
        BRIGADE = "brigade", _("brigade")
        SQUAD = "squad", _("squad")
        WINDOW = "window", _("window")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    admin_superior = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="administered")
    leader_no = models.CharField(max_length=40, blank=True)
    hours = models.CharField(
        max_length=100, blank=True, help_text=_("Opening hours like 08:30-12:00,13:00-17:30; empty: the default of its kind.")
    )
    district = models.CharField(max_length=12, blank=True)

    node_order_by = ["code"]

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """An overseen company outside the force."""

    class Kind(models.TextChoices):
        DEALER = "dealer", _("dealer")
        SERVICE_STATION = "service_station", _("service station")
        TEST_STATION = "test_station", _("test station")
        DRIVING_SCHOOL = "driving_school", _("driving school")
        EXAM_SITE = "exam_site", _("exam site")
        INTERMEDIARY = "intermediary", _("intermediary")

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    unit_code = models.CharField(max_length=40, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of the power list, e.g. registration reviewer."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    line = models.CharField(max_length=20, blank=True)
    sensitive = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Staff(models.Model):
    """A person of the force: officer, auxiliary or employee."""

    class Kind(models.TextChoices):
        OFFICER = "officer", _("officer")
        AUXILIARY = "auxiliary", _("auxiliary")
        EMPLOYEE = "employee", _("employee")

    staff_no = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=Kind)
    unit_code = models.CharField(max_length=40, db_index=True)
    responsible_no = models.CharField(max_length=40, blank=True, db_index=True)
    id_no = models.CharField(max_length=30, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.staff_no}"


class Posting(models.Model):
    """Who held which post in which unit from when until when; past ones explain past transactions and are never removed."""

    staff_no = models.CharField(max_length=40, db_index=True)
    post_code = models.CharField(max_length=40, db_index=True)
    unit_code = models.CharField(max_length=40, db_index=True)
    start_date = models.DateField()
    end_date = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff_no", "post_code", "unit_code", "start_date"], name="posting_once")]

    def __str__(self) -> str:
        return f"{self.staff_no} {self.post_code} {self.start_date}"


class Shift(models.Model):
    """A declared extra opening of a unit (and the units below it), beyond the working calendar. Local times."""

    unit_code = models.CharField(max_length=40)
    date = models.DateField()
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit_code", "date", "start", "end"], name="shift_once")]
        indexes = [models.Index(fields=["date", "unit_code"])]

    def __str__(self) -> str:
        return f"{self.unit_code} {self.date} {self.start}-{self.end}"


class Relation(models.Model):
    """A declared tie of a staff member to an overseen subject that asks for recusal (kin, own company, former approver pair)."""

    staff_no = models.CharField(max_length=40, db_index=True)
    subject_kind = models.CharField(max_length=10)
    subject_code = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff_no", "subject_kind", "subject_code", "kind"], name="relation_once")]
        indexes = [models.Index(fields=["subject_kind", "subject_code"])]

    def __str__(self) -> str:
        return f"{self.staff_no} {self.kind} {self.subject_kind} {self.subject_code}"
