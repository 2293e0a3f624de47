"""What a suspension holds had an end of its own until now: of those that still stand it goes on past that end, until somebody has decided."""

from django.db import migrations
from django.utils import timezone

from ledger.kit.numbers import random_number

STANDING = ("in_force", "applied", "accepted")


def go_on(apps, schema_editor):
    """Only what stands now: an agency whose hold fell before goes on with its business until somebody extends its suspension."""
    now, hold = timezone.now(), apps.get_model("ledger", "Hold")
    numbers = apps.get_model("oversight", "Suspension").objects.filter(status__in=STANDING).values("number")
    for one in hold.objects.filter(cause="suspension", cause_number__in=numbers, ends_at__gt=now, lifted_at=None).order_by("pk"):
        same = {name: getattr(one, name) for name in ("subject_kind", "subject_code", "effect", "cause", "cause_number")}
        hold.objects.create(**same, number=random_number("TQ", now), starts_at=one.ends_at, placed_at=now)


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0001_squashed_0012_notices"),
    ]

    operations = [migrations.RunPython(go_on, migrations.RunPython.noop)]
