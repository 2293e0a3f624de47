"""A suspension is revoked by two people; of those that one leader revoked before, it is said so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def note_alone(apps, schema_editor):
    apps.get_model("oversight", "Suspension").objects.filter(status="revoked").update(revoked_alone=True)


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0006_objections_answered_in_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="suspension",
            name="revoking_by",
            field=models.ForeignKey(
                help_text="Who asked to revoke it, while that waits and once it is.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="suspension",
            name="revoked_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(model_name="suspension", name="revoked_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="suspension",
            name="revoked_alone",
            field=models.BooleanField(default=False, help_text="By one leader, before it took two people."),
        ),
        migrations.RunPython(note_alone, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=Q(revoked_by=None) | (Q(revoking_by__isnull=False) & ~Q(revoked_by=F("revoking_by"))),
                name="suspension_revoked_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=Q(status="revoked", revoked_alone=False, revoked_by__isnull=False, revoked_at__isnull=False)
                | Q(status="revoked", revoked_alone=True, revoked_by=None, revoked_at=None)
                | (~Q(status="revoked") & Q(revoked_alone=False, revoked_by=None, revoked_at=None)),
                name="suspension_revoked_whole",
            ),
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=4000)),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "asked for"), ("granted", "revoked"), ("refused", "refused"), ("lapsed", "lapsed")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=2000)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "suspension",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="revocations", to="oversight.suspension"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(condition=Q(state="asked"), fields=("suspension",), name="revocation_asked_once"),
                    models.CheckConstraint(
                        condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="revocation_decided_by_another"
                    ),
                    models.CheckConstraint(
                        condition=Q(state__in=["asked", "lapsed"], decided_by=None, decided_at=None)
                        | Q(state__in=["refused", "granted"], decided_by__isnull=False, decided_at__isnull=False),
                        name="revocation_decided_whole",
                    ),
                ],
            },
        ),
    ]
