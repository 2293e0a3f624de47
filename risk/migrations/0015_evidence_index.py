from django.db import migrations

BEFORE, NOW = 'risk_alertevidence_transaction_id_75162632', 'risk_alertevidence_row_id_82cda8e9'


def name_the_index_anew(apps, schema_editor):
    """PostgreSQL kept an index's name when its column was renamed; instances made since have the new one. SQLite makes indexes anew."""
    if schema_editor.connection.vendor == 'postgresql':
        schema_editor.execute(f'ALTER INDEX IF EXISTS {BEFORE} RENAME TO {NOW}')


class Migration(migrations.Migration):

    dependencies = [
        ('risk', '0001_squashed_0014_revisions'),
    ]

    operations = [
        migrations.RunPython(name_the_index_anew, migrations.RunPython.noop),
    ]
