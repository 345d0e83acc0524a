import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.fields


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DigestHour',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('at', models.TimeField(default=datetime.time(7, 30))),
            ],
            options={
                'db_table': 'mail_digesthour',
            },
        ),
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', kernel.fields.ExactCharField(max_length=255, unique=True)),
                ('message_id', kernel.fields.ExactCharField(max_length=300, unique=True)),
                ('kind', kernel.fields.ExactCharField(max_length=60, verbose_name='kind')),
                ('address', kernel.fields.ExactCharField(max_length=254, verbose_name='address')),
                ('subject', models.CharField(max_length=200, verbose_name='subject')),
                ('text', models.TextField(verbose_name='text')),
                ('path', kernel.fields.ExactCharField(blank=True, default='', max_length=500)),
                ('has_secret', models.BooleanField(default=False)),
                ('language', models.CharField(max_length=5)),
                ('created_at', models.DateTimeField(db_index=True, verbose_name='written')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('dead_at', models.DateTimeField(null=True, verbose_name='given up')),
                ('next_attempt_at', models.DateTimeField(verbose_name='next try')),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('last_error', models.CharField(blank=True, default='', max_length=300, verbose_name='last error')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'mail',
                'verbose_name_plural': 'mails',
                'db_table': 'mail_mail',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', kernel.fields.ExactCharField(max_length=255, unique=True)),
                ('kind', kernel.fields.ExactCharField(max_length=60)),
                ('subject', models.CharField(max_length=200)),
                ('text', models.TextField()),
                ('path', kernel.fields.ExactCharField(blank=True, default='', max_length=500)),
                ('created_at', models.DateTimeField()),
                ('mail', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='mail.mail')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'mail_notice',
            },
        ),
        migrations.CreateModel(
            name='NoticeChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', kernel.fields.ExactCharField(max_length=60)),
                ('choice', models.CharField(choices=[('at-once', 'At once'), ('daily', 'Daily'), ('never', 'Never')], max_length=10)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'mail_noticechoice',
            },
        ),
        migrations.AddIndex(
            model_name='mail',
            index=models.Index(fields=['sent_at', 'dead_at', 'next_attempt_at'], name='mail_open'),
        ),
        migrations.AddIndex(
            model_name='mail',
            index=models.Index(fields=['person', 'kind'], name='mail_of_person'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['mail', 'person', 'created_at'], name='mail_notice_open'),
        ),
        migrations.AddConstraint(
            model_name='noticechoice',
            constraint=models.UniqueConstraint(fields=('person', 'kind'), name='mail_one_choice'),
        ),
    ]
