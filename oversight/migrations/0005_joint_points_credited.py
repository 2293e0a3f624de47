"""When joint points were written down, for the bell: of those there are, when what they flow from was decided."""

from datetime import datetime, time

from django.db import migrations, models

from ledger.kit.days import SHANGHAI


def note_when(apps, schema_editor):
    decided = dict(apps.get_model("oversight", "Accountability").objects.exclude(decided_at=None).values_list("number", "decided_at"))
    for row in apps.get_model("oversight", "JointPoints").objects.iterator():
        row.credited_at = decided.get(row.source) or datetime.combine(row.on, time(), SHANGHAI)
        row.save(update_fields=["credited_at"])


class Migration(migrations.Migration):
    dependencies = [("oversight", "0004_day_of_the_act")]

    operations = [
        migrations.AddField(
            model_name="jointpoints",
            name="credited_at",
            field=models.DateTimeField(help_text="When it was written down, and the bell told of it.", null=True),
        ),
        migrations.RunPython(note_when, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="jointpoints",
            name="credited_at",
            field=models.DateTimeField(help_text="When it was written down, and the bell told of it."),
        ),
        migrations.AddIndex(model_name="jointpoints", index=models.Index(fields=["credited_at"], name="joint_credited_at")),
    ]
