import django.db.models.deletion
import kernel.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_guess_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='OneTimeLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('invite', 'Invitation'), ('reset', 'Password reset'), ('email', 'Check of an e-mail address'), ('code', 'One-time code')], max_length=6)),
                ('secret_hash', kernel.fields.ExactCharField(max_length=64, unique=True)),
                ('address', kernel.fields.ExactCharField(blank=True, default='', max_length=254)),
                ('title', models.CharField(blank=True, default='', max_length=200)),
                ('path', kernel.fields.ExactCharField(blank=True, default='', max_length=500)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('ended_as', models.CharField(blank=True, choices=[('replaced', 'Replaced by a newer one'), ('declined', 'Declined: not the right person'), ('signed-in', 'A password was set in another way'), ('closed', 'Account closed')], default='', max_length=10)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='one_time_links', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_onetimelink',
                'indexes': [models.Index(fields=['person', 'purpose'], name='accounts_link_of_person')],
            },
        ),
        migrations.CreateModel(
            name='SignedInBrowser',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('session_key', kernel.fields.ExactCharField(max_length=40, unique=True)),
                ('claim', kernel.fields.ExactCharField(max_length=32)),
                ('browser', models.CharField(blank=True, default='', max_length=40)),
                ('system', models.CharField(blank=True, default='', max_length=40)),
                ('signed_in_at', models.DateTimeField(db_index=True)),
                ('seen_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signed_in_browsers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_signedinbrowser',
            },
        ),
    ]
