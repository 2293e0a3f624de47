from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0005_daily_counts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(fields=['unit_code', 'event_day'], name='transaction_unit'),
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('terminal', ''), _negated=True), fields=['terminal', 'event_day'], name='transaction_terminal'),
        ),
    ]
