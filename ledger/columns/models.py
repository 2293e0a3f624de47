from django.db import models


class ColumnFile(models.Model):
    """A live file of the columnar copy. What is not listed here does not exist for a reader, so a compaction never counts twice."""

    frame = models.CharField(max_length=20, help_text="transactions or steps")
    line = models.CharField(max_length=20)
    month = models.CharField(max_length=7)
    path = models.CharField(max_length=200, unique=True)
    rows = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["frame", "line", "month"])]

    def __str__(self) -> str:
        return self.path


class ColumnLock(models.Model):
    """The one row that serialises writers of the columnar copy."""

    token = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.token
