"""What of an article leaves the site, for feeds, the API and machines: its prose with whole
addresses and without what only a page of ours needs, and what must go with it wherever it goes."""

from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from lxml.html import HtmlElement

from articles.html import parse, serialise, text_of
from articles.models import AiLabel, Article, Origin
from articles.services.site import Site

_KEPT = {
    "a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"}, "ol": {"start"},
}  # fmt: skip


def absolute(path: str) -> str:
    """Return the full address of a path on this site."""
    return settings.SITE_URL + path


def language_tag() -> str:
    """Return the language of the articles as feeds and machines write it."""
    return "zh-CN" if settings.LANGUAGE_CODE == "zh-hans" else settings.LANGUAGE_CODE


def portable_root(article: Article) -> HtmlElement:
    """Return an article's prose as a tree with whole addresses, plain images and no attribute that
    belongs to our pages. Stands on `prose`: what a measure withholds is not in it. No query."""
    root = parse(article.prose or "")
    base = absolute(article.get_absolute_url())
    for source in list(root.iter("source")):
        source.drop_tree()
    for element in list(root.iterdescendants()):
        _plain(element, base)
    return root


def _plain(element: HtmlElement, base: str) -> None:
    if element.tag == "span" and element.get("class") == "withheld":
        element.tag = "em"
    kept = _KEPT.get(str(element.tag), set())
    for name in set(element.attrib) - kept:
        del element.attrib[name]
    for name in ("href", "src"):
        if value := element.get(name):
            element.set(name, urljoin(base, value))
    if element.tag in {"div", "span", "picture"}:
        element.drop_tag()


def portable_html(article: Article) -> str:
    """Return an article's prose as HTML that reads well anywhere else. About 2 ms."""
    return serialise(portable_root(article))


def provenance_html(article: Article, site: Site) -> str:
    """Return where a text comes from, as its page says it. Its contributor must be loaded."""
    context = {"article": article, "site": site}
    return " ".join(render_to_string("articles/_provenance.html", context).split())


def provenance(article: Article, site: Site) -> str:
    """Return where a text comes from, as one line of text."""
    return " ".join(text_of(provenance_html(article, site)).split())


def ai_declaration(article: Article) -> str:
    """Return the declaration that goes with a text (人工智能生成合成内容标识办法, articles 4 and
    10); blank where none was made."""
    return "" if article.ai_label == AiLabel.UNDECLARED else article.ai_label_name


def licence(article: Article) -> str:
    """Return in one line who may do what with a text."""
    if article.origin == Origin.REPRINTED:
        return _("The copyright is its author's, not this site's: ask there before you reprint it.")
    if article.origin == Origin.LICENSED:
        return _("Published with the right holder's licence; not to be reprinted without one.")
    return _("The copyright stays with the author. When you quote it, name author and address.")
