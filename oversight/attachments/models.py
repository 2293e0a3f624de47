"""What every kept file and every file on its way have in common; each area that takes files has tables of its own made from these."""

from typing import Any

from django.db import models

from ledger.roster.models import User


class Kept(models.Model):
    """A paper or picture somebody added, kept by its content. `dropped_at`: taken off again; what was sent with it stays as it was."""

    class Kind(models.TextChoices):
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        PDF = "pdf", "PDF"
        DOCX = "docx", "Word"
        XLSX = "xlsx", "Excel"
        MP4 = "mp4", "MP4"

    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=10, choices=Kind)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    dropped_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class OnItsWay(models.Model):
    """A file on its way, piece by piece: what has arrived lies in FILE_UPLOAD_TEMP_DIR under `token`, and its length is where to go on."""

    objects: Any

    token = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=200, help_text="By which the sender's browser knows the file again.")
    name = models.CharField(max_length=255)
    size = models.PositiveIntegerField()
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} {self.token}"
