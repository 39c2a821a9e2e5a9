from typing import Any

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import Sum


def add_up(apps: Any, schema_editor: Any) -> None:
    """Fill the totals from what was counted for each article."""
    daily = apps.get_model("articles", "DailyReads").objects.order_by("day").values("day")
    total = apps.get_model("articles", "DailyTotal")
    total.objects.bulk_create(
        [total(**row) for row in daily.annotate(reads=Sum("reads"))], batch_size=500
    )


def keep_the_week(apps: Any, schema_editor: Any) -> None:
    """The way back: an article has one place again."""
    apps.get_model("articles", "HotArticle").objects.exclude(period="week").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0002_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="DailyTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("reads", models.PositiveBigIntegerField(default=0, verbose_name="reads")),
            ],
            options={
                "verbose_name": "reads of all articles on a day",
                "verbose_name_plural": "reads of all articles by day",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RelatedChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("pin", "Always show"), ("ban", "Never show")],
                        max_length=3,
                        verbose_name="wish",
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="since"
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of a related article",
                "verbose_name_plural": "choices of related articles",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="hotarticle",
            options={
                "ordering": ["period", "position"],
                "verbose_name": "place in the hot list",
                "verbose_name_plural": "hot list",
            },
        ),
        migrations.AddField(
            model_name="hotarticle",
            name="period",
            field=models.CharField(
                choices=[("day", "One day"), ("week", "Seven days"), ("month", "Thirty days")],
                default="week",
                max_length=5,
                verbose_name="period",
            ),
        ),
        migrations.AddField(
            model_name="relatedarticle",
            name="reasons",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AlterField(
            model_name="hotarticle",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hot",
                to="articles.article",
            ),
        ),
        migrations.AlterField(
            model_name="hotarticle",
            name="position",
            field=models.PositiveSmallIntegerField(),
        ),
        migrations.AddIndex(
            model_name="like",
            index=models.Index(fields=["created_at"], name="like_by_date"),
        ),
        migrations.AddConstraint(
            model_name="hotarticle",
            constraint=models.UniqueConstraint(fields=("period", "position"), name="hot_in_order"),
        ),
        migrations.AddConstraint(
            model_name="hotarticle",
            constraint=models.UniqueConstraint(
                fields=("article", "period"), name="hot_once_a_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="hotarticle",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__in", ["day", "week", "month"])),
                name="hot_period_is_known",
            ),
        ),
        migrations.AddField(
            model_name="relatedchoice",
            name="article",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="related_choices",
                to="articles.article",
            ),
        ),
        migrations.AddField(
            model_name="relatedchoice",
            name="by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="relatedchoice",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="articles.article",
                verbose_name="other article",
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedchoice",
            constraint=models.UniqueConstraint(
                fields=("article", "other"), name="related_choice_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("article", models.F("other")), _negated=True),
                name="related_choice_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="relatedchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["pin", "ban"])), name="related_choice_is_known"
            ),
        ),
        migrations.RunPython(add_up, keep_the_week),
    ]
