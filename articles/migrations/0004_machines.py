import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

# A part of the sitemap for each ten thousand numbers of the articles that are here already.
FILL_PARTS = (
    "INSERT INTO articles_sitemappart (number, changed_at) "
    "SELECT id / 10000, MAX(updated_at) FROM articles_article GROUP BY id / 10000"
)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_related_and_reads"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShareCard",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="card",
                        serialize=False,
                        to="articles.article",
                    ),
                ),
                ("version", models.CharField(max_length=16)),
                ("drawn_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "picture for sharing",
                "verbose_name_plural": "pictures for sharing",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SitemapPart",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "part of the sitemap",
                "verbose_name_plural": "parts of the sitemap",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="redirect",
            name="hits",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="used"),
        ),
        migrations.AddField(
            model_name="redirect",
            name="last_on",
            field=models.DateField(editable=False, null=True, verbose_name="last used"),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="admits_ai_crawlers",
            field=models.BooleanField(
                default=True,
                help_text="Off, robots.txt asks those that are known to keep out. Search engines stay.",
                verbose_name="AI crawlers may read",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="offers_markdown",
            field=models.BooleanField(
                default=True,
                help_text="For programs that read: /p/1.md, /llms.txt and Accept: text/markdown.",
                verbose_name="articles as Markdown",
            ),
        ),
        migrations.CreateModel(
            name="EnginePush",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "engine",
                    models.CharField(
                        choices=[
                            ("indexnow", "IndexNow (Bing, Yandex and others)"),
                            ("baidu", "Baidu"),
                        ],
                        max_length=10,
                        verbose_name="engine",
                    ),
                ),
                ("path", models.CharField(max_length=500, verbose_name="address")),
                ("is_removal", models.BooleanField(default=False, verbose_name="removed")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sent", "Sent"), ("failed", "Failed")],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "owed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="next attempt"
                    ),
                ),
                ("answer", models.CharField(blank=True, max_length=200, verbose_name="answer")),
            ],
            options={
                "verbose_name": "notice to an engine",
                "verbose_name_plural": "notices to engines",
                "ordering": ["-owed_at", "-id"],
                "default_permissions": ("view", "change"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="push_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("engine", "path"),
                        name="push_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("engine__in", ["indexnow", "baidu"])),
                        name="push_knows_engine",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "sent", "failed"])),
                        name="push_knows_state",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MissingPath",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=200, unique=True, verbose_name="address")),
                ("hits", models.PositiveIntegerField(default=0, verbose_name="asked for")),
                ("first_on", models.DateField(verbose_name="first")),
                ("last_on", models.DateField(verbose_name="last")),
            ],
            options={
                "verbose_name": "address not found",
                "verbose_name_plural": "addresses not found",
                "ordering": ["-hits", "path"],
                "default_permissions": ("view", "delete"),
                "indexes": [models.Index(fields=["-hits", "path"], name="missing_by_hits")],
            },
        ),
        migrations.RunSQL(FILL_PARTS, migrations.RunSQL.noop),
    ]
