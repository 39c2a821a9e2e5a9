"""Folded templates say what unfolded ones say."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.base import TextNode
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from articles.services.site import get_site
from config.quick_nodes import Lookup
from config.templating import Constant

BUILTINS = [
    "django.templatetags.i18n", "django.templatetags.static", "articles.templatetags.site",
]  # fmt: skip


NESTED_LOOPS = """
{% for x in rows %}{{ forloop.counter0 }}{{ forloop.first }}{% for y in x %}{{ y }}
{{ forloop.parentloop.counter }}{{ forloop.last }}{% endfor %}{{ forloop.revcounter }}
{{ forloop.revcounter0 }}{% endfor %}{{ forloop }}{{ x }}
"""
WHEN = datetime(2026, 11, 23, tzinfo=UTC)


class Thing:
    """What templates meet: texts, methods, refusals."""

    title = "a < b & 'c'"
    safe = mark_safe("<b>x</b>")
    lazy = gettext_lazy("Home")
    number = 1234567
    nothing = None
    yes = True
    share = 0.5
    children = ("first", "second")

    def address(self) -> str:
        return "/p/1.html?a&b"

    def needs(self, more: str) -> str:
        return more

    def delete(self) -> str:
        raise AssertionError("a template deleted it")

    delete.alters_data = True  # type: ignore[attr-defined]

    @property
    def gone(self) -> str:
        raise NotThere


class NotThere(ObjectDoesNotExist):
    silent_variable_failure = True


def engines(folder: Path) -> tuple[Engine, Engine]:
    """Return the engine that folds and the one that does not, on the same templates."""
    inner = [("django.template.loaders.filesystem.Loader", [str(folder)])]
    return (
        Engine(loaders=[("config.templating.Loader", inner)], builtins=BUILTINS),
        Engine(loaders=inner, builtins=BUILTINS),
    )


def both(folder: Path, source: str, **context: Any) -> tuple[str, str]:
    (folder / "page.txt").write_text(source)
    return tuple(  # type: ignore[return-value]
        engine.get_template("page.txt").render(Context(context)) for engine in engines(folder)
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ thing.title }}|{{ thing.safe }}|{{ thing.lazy }}|{{ thing.address }}",
        "{{ thing.number }} {{ thing.share }} {{ thing.yes }} {{ thing.nothing }}",
        "{{ thing.needs }}{{ thing.delete }}{{ thing.gone }}{{ thing.missing }}{{ missing.x }}",
        "{{ thing.children.1 }}{{ thing.title.0 }}{{ dict.title }}{{ dict.items }}{{ dict.none }}",
        "{{ lazy.title }}{{ text }}{{ text|upper }}{{ 'literal' }}{{ _('Home') }}",
        "{% autoescape off %}{{ thing.title }}{{ text }}{% endautoescape %}",
        "{% translate 'Home' %}{% translate 'Home' as home %}{{ home }}{% translate text %}",
        "{% url 'articles:home' %}{% url 'articles:feed_kind' 'atom' %}",
        "{% url 'articles:tag' slug %}{% url 'articles:tag' slug as way %}{{ way }}",
        "{% static 'articles/site.css' %}{% static text %}{# note #}{% comment %}x{% endcomment %}",
        "{% blocktranslate %}Home{% endblocktranslate %}",
        "{% blocktranslate with a=text %}<{{ a }}>{% endblocktranslate %}",
        "{% blocktranslate count n=2 %}one{% plural %}{{ n }}{% endblocktranslate %}",
        "{% if text %}a{% translate 'Home' %}{{ text }}{% elif no %}b{% else %}c{% endif %}",
        "{% for x in dict %}{{ forloop.counter }}{{ x }}{% translate 'Home' %}{% endfor %}",
        "{% with a=text %}{{ a }}{% translate 'Home' %}{% endwith %}",
        "{% if thing.title == 'a' %}a{% elif thing.number > 5 and text %}{{ text }}{% endif %}",
        "{% if missing %}a{% elif missing.x or not thing.missing %}b{% endif %}",
        "{% if 1 %}c{% endif %}{% if '' %}d{% else %}e{% endif %}",
        "{% if text|length > 3 %}a{% endif %}{% if _('Home') == 'Home' %}b{% else %}c{% endif %}",
        "{% if call %}a{% endif %}{{ call }}{{ dict.call }}{% if dict.call == 'x' %}b{% endif %}",
        "{% if thing.address and thing.yes %}a{% endif %}{% if thing.gone %}b{% endif %}",
        "{% if 'x' in text or dict.none is None %}a{% endif %}",
        "{% if thing.number != 1 %}b{% endif %}",
        "{{ thing.title|upper }}{{ thing.safe|lower }}{{ thing.safe|safe }}{{ text|safe }}",
        "{{ thing.title|default:text }}{{ thing.nothing|default:'<' }}{{ missing|default:text }}",
        "{{ thing.title|join:text }}{{ when|date:'Y' }}{{ text|linebreaks }}{{ text|urlencode }}",
        NESTED_LOOPS,
        "{% for x in rows reversed %}{{ x }}{% endfor %}{% for a, b in rows %}{{ a }}{% endfor %}",
        "{% for x in rows %}{% cycle 'a' 'b' %}{{ x }}{% endfor %}",
        "{% for x in rows %}{% ifchanged %}{{ x }}{% endifchanged %}{% endfor %}",
        "{% for x in rows %}{% with z=x %}{{ z }}{% endwith %}{{ z }}{% empty %}e{% endfor %}",
        "{% for x in missing %}a{% empty %}b{% endfor %}",
        "{% for x in dict.call %}{{ x }}{% endfor %}",
        "{% with a=dict.call b=missing %}{{ a }}{{ b }}{% endwith %}",
        "{% blocktranslate with a=dict.call b=thing.yes %}{{ a }}{{ b }}%{% endblocktranslate %}",
        "{% blocktranslate with a=missing %}{{ a }}|{% endblocktranslate %}",
        "{% blocktranslate trimmed with a=text %} {{ a }} {% endblocktranslate %}",
        "{% blocktranslate with a=thing.safe %}{{ a }}{{ text }}{% endblocktranslate %}",
        "{% blocktranslate with a=text asvar b %}{{ a }}{% endblocktranslate %}{{ b }}",
        "{% language 'en' %}{% translate 'Home' %}{% endlanguage %}{% translate 'Home' %}",
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_says_the_same(tmp_path: Path, source: str, language: str) -> None:
    with override(language):
        folded, plain = both(
            tmp_path, source, thing=Thing(), text="路 <b>&", slug="路&",
            dict={"title": "<x>", "none": None, "call": lambda: "xyz"},
            lazy=SimpleLazyObject(Thing), call=lambda: "<called>", when=WHEN,
            rows=[("<", 2), (3, "b")],
        )  # fmt: skip
    assert folded == plain


def test_a_mistake_in_a_translation_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.quick_nodes.gettext", lambda message: "%(other)s")
    source = "{% blocktranslate with a=text %}[{{ a }}]{% endblocktranslate %}"
    assert both(tmp_path, source, text="x") == ("[x]", "[x]")


def test_a_number_follows_the_separator(tmp_path: Path, settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    with override("en"):
        assert both(tmp_path, "{{ thing.number }}", thing=Thing()) == ("1,234,567",) * 2


def test_one_template_speaks_each_language(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>{% translate 'Home' %}")
    template = engines(tmp_path)[0].get_template("page.html")
    said = []
    for language in ("zh-hans", "en", "zh-hans"):
        with override(language):
            said.append(template.render(Context()))
    assert said == ["<p>首页", "<p>Home", "<p>首页"]


def test_what_is_constant_becomes_one(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        "{% comment %}x{% endcomment %}<a href={% url 'articles:home' %}>{% translate 'Home' %}</a>"
        "{{ a.b }}x"
    )
    nodes = engines(tmp_path)[0].get_template("page.html").nodelist
    assert [type(node) for node in nodes] == [Constant, Lookup, TextNode]


def test_blocks_and_what_they_replace(tmp_path: Path) -> None:
    (tmp_path / "base.html").write_text(
        "{% translate 'Home' %}{% block a %}1{% translate 'Home' %}{% endblock %}"
        "{% if yes %}{% block b %}{{ x }}{% endblock %}{% endif %}"
    )
    (tmp_path / "child.html").write_text(
        "{% extends 'base.html' %}{% block b %}[{{ block.super }}{% include 'part.html' %}]"
        "{% endblock %}"
    )
    (tmp_path / "part.html").write_text("{% translate 'Home' %}{{ x }}")
    context = {"yes": True, "x": "<"}
    for _again in range(2):
        folded, plain = (
            engine.get_template("child.html").render(Context(context))
            for engine in engines(tmp_path)
        )
        assert folded == plain == "首页1首页[&lt;首页&lt;]"


def test_a_template_that_is_not_there(tmp_path: Path) -> None:
    for _again in range(2):
        with pytest.raises(TemplateDoesNotExist):
            engines(tmp_path)[0].get_template("none.html")


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.html", "<p>\n    a\n\n   {{ x }}\n  b</p>", "<p>\na\nX\nb</p>"),
        ("a.html", "<pre>\n    a\n</pre>", "<pre>\n    a\n</pre>"),
        ("a.html", "<textarea>\n    {{ x }}</textarea>", "<textarea>\n    X</textarea>"),
        ("a.txt", "a\n\n    b", "a\n\n    b"),
    ],
)
def test_indentation_goes_where_it_says_nothing(
    tmp_path: Path, name: str, source: str, expected: str
) -> None:
    (tmp_path / name).write_text(source)
    assert engines(tmp_path)[0].get_template(name).render(Context({"x": "X"})) == expected


# --- Kept parts -----------------------------------------------------------------------------

KEPT = (
    "{% kept 'part' a=a b=b.c %}{{ site.name }}{{ a }}{{ b }}{{ user.email }}{{ request.path }}"
    "{{ secret }}{% translate 'Home' %}{% endkept %}"
)


def shown(folder: Path, site: Any, **context: Any) -> str:
    (folder / "page.txt").write_text(KEPT)
    found: str = (
        engines(folder)[0].get_template("page.txt").render(Context({"site": site, **context}))
    )
    return found


@pytest.fixture
def private() -> dict[str, Any]:
    return {
        "user": SimpleNamespace(email="sam@example.com"),
        "request": SimpleNamespace(path="/p/1.html"),
        "secret": "绝密",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("signed_in", [False, True])
def test_nothing_personal_gets_into_a_kept_part(
    tmp_path: Path, private: dict[str, Any], signed_in: bool
) -> None:
    site = get_site()
    assert shown(tmp_path, site, a=1, signed_in=signed_in, **private) == f"{site.name}1None首页"
    assert list(site.fragments.values()) == ([] if signed_in else [f"{site.name}1None首页"])


@pytest.mark.django_db
def test_a_part_is_kept_by_its_values_and_language(tmp_path: Path) -> None:
    site = get_site()
    for a, b in ((1, None), (2, None), (2, {"c": 3}), (2, {"c": 3})):
        assert shown(tmp_path, site, a=a, b=b).endswith(f"{a}{b['c'] if b else None}首页")
    with override("en"):
        assert shown(tmp_path, site, a=1).endswith("Home")
    assert len(site.fragments) == 4
    site.fragments[next(iter(site.fragments))] = "kept"
    assert shown(tmp_path, site, a=1) == "kept"
    assert shown(tmp_path, get_site(), a=1) != "kept"


def test_without_a_site_nothing_is_kept(tmp_path: Path) -> None:
    assert shown(tmp_path, None, a=1) == "1None首页"


@pytest.mark.parametrize("source", ["{% kept %}{% endkept %}", "{% kept 'a' b %}{% endkept %}"])
def test_a_kept_part_needs_a_name_and_named_values(tmp_path: Path, source: str) -> None:
    with pytest.raises(Exception, match="kept needs a name"):
        both(tmp_path, source)
