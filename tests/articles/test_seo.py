"""JSON-LD: what schema.org and Google's documentation require and recommend of each type."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from articles.models import Article, Topic
from articles.services.publishing import revise
from articles.services.taxonomy import arrange_topic, save_topic
from tests.browser.helpers import add_test_picture

FIELDS = {
    "Article": "headline image datePublished dateModified author publisher mainEntityOfPage "
               "description inLanguage",
    "Person": "name url",
    "Organization": "name url logo",
    "ImageObject": "url",
    "WebSite": "name url potentialAction",
    "SearchAction": "target query-input",
    "EntryPoint": "urlTemplate",
    "BreadcrumbList": "itemListElement",
    "ListItem": "position name",
    "CollectionPage": "name url description mainEntity isPartOf",
    "ItemList": "itemListElement numberOfItems",
    "ProfilePage": "mainEntity dateCreated",
}  # fmt: skip


def graph(client: Client, address: str) -> list[dict[str, Any]]:
    text = client.get(address).content.decode()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text)
    assert found is not None, address
    data = json.loads(found[1])
    assert data["@context"] == "https://schema.org"
    return list(data["@graph"])


def check(node: Any) -> set[str]:
    """Check every node for its fields and return the types that there are."""
    if isinstance(node, list):
        return set().union(*(check(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    kind = node.get("@type", "")
    for name in FIELDS.get(kind, "").split():
        assert node.get(name) not in (None, "", []), f"{kind}.{name}"
    for name in ("url", "item", "@id"):
        assert str(node.get(name, "http")).startswith("http"), node
    assert not kind or kind in FIELDS, kind
    return {kind} | set().union(*(check(value) for value in node.values()))


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("/", {"WebSite", "SearchAction", "Organization", "CollectionPage", "ItemList"}),
        ("/p/{pk}.html", {"Article", "BreadcrumbList", "Person", "Organization", "ImageObject"}),
        ("/category/tech/", {"CollectionPage", "ItemList", "ListItem", "BreadcrumbList"}),
        ("/tag/路由器/", {"CollectionPage", "ItemList", "BreadcrumbList"}),
        ("/topic/all/", {"CollectionPage", "ItemList", "BreadcrumbList"}),
        ("/author/carol/", {"ProfilePage", "Person", "BreadcrumbList"}),
    ],
)
def test_required_and_recommended_fields(
    client: Client, article: Article, address: str, kinds: set[str]
) -> None:
    arrange_topic(save_topic(Topic(title="全部", slug="all"), None), None, [article])
    found = check(graph(client, address.format(pk=article.pk)))
    assert kinds <= found


def test_the_search_is_named(client: Client, article: Article) -> None:
    [site] = [node for node in graph(client, "/") if node["@type"] == "WebSite"]
    action = site["potentialAction"]
    assert action["target"]["urlTemplate"] == "http://testserver/search/?q={search_term_string}"
    assert action["query-input"] == "required name=search_term_string"


def test_an_article_with_a_cover_shows_it(client: Client, article: Article) -> None:
    cover = add_test_picture("一间老屋")
    revise(article, None, {"cover": cover})
    [node] = [n for n in graph(client, f"/p/{article.pk}.html") if n["@type"] == "Article"]
    assert node["image"]["url"] == f"http://testserver{cover.url}"
    assert (node["image"]["width"], node["image"]["height"]) == (cover.width, cover.height)


def test_lists_name_their_neighbours_and_go_on_counting(
    client: Client, article: Article, settings: Any
) -> None:
    settings.ITEMS_PER_PAGE = 1
    from articles.services.publishing import create_article, publish

    other = create_article(
        None, title="另一篇", body="<p>文</p>", contributor=article.contributor,
        category=article.category,
    )  # fmt: skip
    publish(other, None)
    text = client.get("/category/tech/?page=2").content.decode()
    assert '<link rel="prev" href="http://testserver/category/tech/">' in text
    assert '<link rel="canonical" href="http://testserver/category/tech/?page=2">' in text
    [listed] = [
        node for node in graph(client, "/category/tech/?page=2")
        if node["@type"] == "CollectionPage"
    ]  # fmt: skip
    assert listed["mainEntity"]["itemListElement"][0]["position"] == 2
    first = client.get("/category/tech/").content.decode()
    assert '<link rel="next" href="http://testserver/category/tech/?page=2">' in first
