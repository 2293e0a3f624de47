"""The agency is heard before a suspension is decided, and what it objects afterwards has its place."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# In which nothing is decided yet, or nothing ever was.
UNDECIDED = ("proposed", "returned", "reviewed", "withdrawn")


def note_unrecorded(apps, schema_editor):
    """Those that were decided before say so; of those put up for decision the agency is heard first, so nobody decides on what was asked."""
    suspensions = apps.get_model("oversight", "Suspension").objects
    suspensions.exclude(status__in=UNDECIDED).update(hearing="unrecorded")
    asked = apps.get_model("oversight", "Approval").objects.filter(kind="decision", state="asked")
    asked.filter(about__in=list(suspensions.filter(status="reviewed").values_list("number", flat=True))).update(state="lapsed")


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0001_squashed_0007_holds'),
        ('oversight', '0002_stopped_until_lifted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgencyObjection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('objector', models.CharField(help_text='Who objects for the agency.', max_length=100)),
                ('received_on', models.DateField()),
                ('text', models.TextField(max_length=4000)),
                ('entered_at', models.DateTimeField()),
                ('outcome', models.CharField(blank=True, choices=[('kept', 'rejected, the decision stands'), ('partly', 'accepted in part'), ('upheld', 'accepted, to be revoked')], max_length=8)),
                ('answer', models.TextField(blank=True, max_length=4000)),
                ('answered_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='suspension',
            name='suspension_in_force_decided',
        ),
        migrations.AddField(
            model_name='suspension',
            name='heard_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='suspension',
            name='hearing',
            field=models.CharField(blank=True, choices=[('heard', 'statement heard'), ('declined', 'declined to make one, with a witness'), ('unrecorded', 'decided before statements were recorded')], max_length=10),
        ),
        migrations.AddField(
            model_name='suspension',
            name='informed_on',
            field=models.DateField(help_text='告知: of facts, grounds and rights.', null=True),
        ),
        migrations.AddField(
            model_name='suspension',
            name='objected_at',
            field=models.DateTimeField(help_text='When the objection came that waits for its answer.', null=True),
        ),
        migrations.AddField(
            model_name='suspension',
            name='statement',
            field=models.TextField(blank=True, help_text='陈述申辩', max_length=4000),
        ),
        migrations.AddField(
            model_name='suspension',
            name='witness',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name='suspension',
            name='status',
            field=models.CharField(choices=[('proposed', 'legal review awaited'), ('returned', 'returned'), ('reviewed', 'agency to be heard'), ('heard', 'to be decided'), ('decided', 'to be served'), ('in_force', 'in force, being put right'), ('applied', 'to be accepted'), ('accepted', 'accepted, to be lifted'), ('probation', 'lifted, on probation'), ('ended', 'ended'), ('revoked', 'revoked'), ('withdrawn', 'withdrawn')], default='proposed', max_length=12),
        ),
        migrations.RunPython(note_unrecorded, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'returned', 'reviewed', 'heard', 'withdrawn']), models.Q(('decided_by__isnull', False), ('legal_by__isnull', False), models.Q(('document_no', ''), _negated=True), models.Q(('meeting_no', ''), _negated=True)), _connector='OR'), name='suspension_in_force_decided'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['proposed', 'returned', 'reviewed', 'withdrawn']), models.Q(('hearing', ''), _negated=True), _connector='OR'), name='suspension_decided_heard'),
        ),
        migrations.AddConstraint(
            model_name='suspension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('heard_on', None), ('hearing__in', ['', 'unrecorded']), ('informed_on', None), ('statement', ''), ('witness', '')), models.Q(('heard_on__isnull', False), ('hearing', 'heard'), ('informed_on__isnull', False), models.Q(('statement', ''), _negated=True)), models.Q(('heard_on__isnull', False), ('hearing', 'declined'), ('informed_on__isnull', False), models.Q(('witness', ''), _negated=True)), _connector='OR'), name='suspension_heard_whole'),
        ),
        migrations.AddField(
            model_name='agencyobjection',
            name='against',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agencyobjection',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agencyobjection',
            name='entered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agencyobjection',
            name='suspension',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='oversight.suspension'),
        ),
        migrations.AddConstraint(
            model_name='agencyobjection',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_by', None)), fields=('suspension',), name='agency_objection_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='agencyobjection',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('against')), _negated=True), _connector='OR'), name='agency_objection_answered_by_another'),
        ),
        migrations.AddConstraint(
            model_name='agencyobjection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None), ('answered_by', None), ('outcome', '')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), models.Q(('outcome', ''), _negated=True), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='agency_objection_answered_whole'),
        ),
    ]
