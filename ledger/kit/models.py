"""Days that differ from the ordinary working calendar."""

from django.db import models


class DayOverride(models.Model):
    """A day whose working or rest character an administrator states, above the published holiday calendar."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    reason = models.CharField(max_length=100)

    def __str__(self) -> str:
        return f"{self.day} {'working' if self.working else 'rest'}"
