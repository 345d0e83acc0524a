"""The keys of SSH servers that a person has accepted."""

import kernel.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gitsync', '0013_credentials'),
    ]

    operations = [
        migrations.CreateModel(
            name='HostKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('host', kernel.fields.ExactCharField(max_length=255, verbose_name='server')),
                ('port', models.PositiveIntegerField(default=22, verbose_name='port')),
                ('kind', kernel.fields.ExactCharField(max_length=40, verbose_name='kind')),
                ('key', kernel.fields.ExactTextField(verbose_name='key')),
                ('fingerprint', kernel.fields.ExactCharField(max_length=80, verbose_name='fingerprint')),
                ('confirmed_by', models.CharField(max_length=150, verbose_name='accepted by')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='accepted')),
            ],
            options={
                'verbose_name': 'SSH key of a server',
                'verbose_name_plural': 'SSH keys of servers',
                'constraints': [models.UniqueConstraint(fields=('host', 'port'), name='gitsync_one_host_key')],
            },
        ),
    ]
