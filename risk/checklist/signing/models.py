"""The checklist in the hands of those it speaks to (清单交办到岗到人): who signed for which items, and which posts answer for them."""

from django.db import models

from ledger.kit.append_only import AppendOnly
from ledger.roster.models import Post, Staff, Unit, User
from risk.checklist.models import ChecklistVersion


class ChecklistSignature(AppendOnly):
    """A person has confirmed the items of a post of the checklist, as one version has them.

    It holds on through later versions for as long as these items say the same (`items_digest`).
    """

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="signatures")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    post = models.CharField(max_length=60, help_text="The post as the checklist names it.")
    items_digest = models.CharField(max_length=64, help_text="SHA-256 of the items of that post.")
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "staff", "post"], name="checklist_signed_once")]
        indexes = [models.Index(fields=["staff", "post"])]

    def __str__(self) -> str:
        return f"{self.staff} {self.post} {self.version}"


class PostAssignment(models.Model):
    """In a unit, holders of a post of the roster answer for the items of a post of the checklist that has another name."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    checklist_post = models.CharField(max_length=60)
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "post", "checklist_post"], name="post_assigned_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.post} {self.checklist_post}"
