import re

import django.db.models.deletion
from django.db import migrations, models

_PICTURE = re.compile(r"pictures/[0-9a-f]{2}/([0-9a-f]{24})/")


def link_pictures(apps, schema_editor):
    """Say of the texts that are there which pictures they show, and showed when they were sent."""
    alias = schema_editor.connection.alias
    submissions = apps.get_model("submissions", "Submission").objects.using(alias)
    versions = apps.get_model("submissions", "SubmissionVersion").objects.using(alias)
    pictures = apps.get_model("articles", "Picture").objects.using(alias)
    uses = apps.get_model("submissions", "SubmissionPicture")
    texts = [
        (submissions.values_list("pk", "body", "cover_id"), lambda cover: cover),
        (versions.values_list("submission_id", "body", "fields"), lambda sent: sent.get("cover")),
    ]
    for rows, cover_of in texts:
        for number, body, rest in rows.iterator(chunk_size=500):
            keys, cover = set(_PICTURE.findall(body)), cover_of(rest)
            if not keys and not cover:
                continue
            shown = pictures.filter(models.Q(key__in=keys) | models.Q(pk=cover or 0))
            uses.objects.using(alias).bulk_create(
                [
                    uses(submission_id=number, picture_id=pk)
                    for pk in shown.values_list("pk", flat=True)
                ],
                ignore_conflicts=True,
            )


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0006_desk"),
        ("submissions", "0003_notice_address"),
    ]

    operations = [
        migrations.CreateModel(
            name="SubmissionPicture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "picture",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submission_uses",
                        to="articles.picture",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="picture_uses",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "use of a picture",
                "verbose_name_plural": "uses of pictures",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("submission", "picture"), name="submission_uses_picture_once"
                    )
                ],
            },
        ),
        migrations.RunPython(link_pictures, migrations.RunPython.noop),
    ]
