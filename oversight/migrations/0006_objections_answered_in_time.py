"""Objections of agencies are to be answered by a day, and have a number by which the paper with the answer goes."""

from datetime import timedelta

from django.db import migrations, models

from ledger.kit.days import SHANGHAI
from risk.alerts.numbers import random_number

# What was taken in before there was a term gets a week.
WEEK = timedelta(days=7)


def number_and_date(apps, schema_editor):
    for row in apps.get_model("oversight", "AgencyObjection").objects.iterator():
        row.number = random_number("YY", row.entered_at)
        row.answer_by = row.entered_at.astimezone(SHANGHAI).date() + WEEK
        row.save(update_fields=["number", "answer_by"])


class Migration(migrations.Migration):
    dependencies = [("oversight", "0005_joint_points_credited")]

    operations = [
        migrations.AddField(
            model_name="agencyobjection",
            name="answer_by",
            field=models.DateField(help_text="By when it is to be answered.", null=True),
        ),
        migrations.AddField(
            model_name="agencyobjection",
            name="number",
            field=models.CharField(help_text="By which the paper with its answer goes.", max_length=20, null=True),
        ),
        migrations.RunPython(number_and_date, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="agencyobjection",
            name="answer_by",
            field=models.DateField(help_text="By when it is to be answered."),
        ),
        migrations.AlterField(
            model_name="agencyobjection",
            name="number",
            field=models.CharField(help_text="By which the paper with its answer goes.", max_length=20, unique=True),
        ),
        migrations.AddIndex(
            model_name="agencyobjection", index=models.Index(fields=["entered_at"], name="agency_objection_entered")
        ),
        migrations.AddIndex(
            model_name="agencyobjection", index=models.Index(fields=["answered_at"], name="agency_objection_answered")
        ),
    ]
