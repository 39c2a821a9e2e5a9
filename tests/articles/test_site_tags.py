"""Moments and minutes as pages write them, against what Django writes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, Engine
from django.utils.translation import override

FORMS = {
    "day": "DATE_FORMAT",
    "moment": "DATETIME_FORMAT",
}
MOMENTS = [
    datetime(2026, 1, 1, 0, 0, tzinfo=UTC),
    datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 2, 28, 16, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 5, 7, 890, tzinfo=UTC),
    datetime(2026, 11, 9, 4, 0, tzinfo=UTC),
]


def shown(source: str, **context: object) -> str:
    engine = Engine(builtins=["django.templatetags.i18n", "articles.templatetags.site"])
    text: str = engine.from_string(source).render(Context(context))
    return text


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_moment_is_written_as_django_does(name: str, language: str) -> None:
    plain = f"<time datetime=\"{{{{ at|date:'c' }}}}\">{{{{ at|date:'{FORMS[name]}' }}}}</time>"
    with override(language):
        for at in [*MOMENTS, *(at + timedelta(days=1) for at in MOMENTS)]:
            assert shown(f"{{{{ at|{name} }}}}", at=at) == shown(plain, at=at)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("zh-hans", ["1分钟", "12分钟", "约1分钟读完"]),
        ("en", ["1 minute", "12 minutes", "About 1 minute to read"]),
    ],
)
def test_minutes_in_each_language(language: str, texts: list[str]) -> None:
    with override(language):
        source = "{{ 1|in_minutes }};{{ 12|in_minutes }};{{ 1|about_minutes }}"
        assert shown(source).split(";") == texts
