from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0009_evaluations'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alertevent',
            name='kind',
            field=models.CharField(choices=[('raised', 'raised'), ('changed', 'evidence changed'), ('withdrawn', 'withdrawn'), ('recurred', 'recurred'), ('acknowledged', 'acknowledged'), ('dismissed', 'dismissed'), ('commented', 'commented'), ('reminded', 'people on duty reminded'), ('escalated', 'reported to the leaders')], max_length=14),
        ),
    ]
