"""The programming interface: what it shows, what it costs, and that nothing makes it fail."""

from typing import Any
from urllib.parse import urlencode

import hypothesis
import pytest
import schemathesis
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.encoding import iri_to_uri
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from articles.models import Article, Category, Contributor, Scope, Topic
from articles.search import index_changed_articles
from articles.services.listing import rebuild_lists
from articles.services.publishing import create_article, publish, unpublish
from articles.services.restrictions import restrict
from articles.services.taxonomy import arrange_topic, save_category, save_topic

LISTS = ["articles", "categories", "tags", "topics", "contributors", "search?q=无线死角"]


@pytest.fixture
def shelf(article: Article) -> Article:
    arrange_topic(save_topic(Topic(title="全部", slug="all"), None), None, [article])
    index_changed_articles()
    return article


def ask(client: Client, path: str, status: int = 200, **headers: str) -> Any:
    response = client.get(f"/api/v1/{path}", headers=headers)
    assert response.status_code == status, response.content.decode()
    return response.json() if response.content else None


def test_an_article_with_its_text(client: Client, shelf: Article) -> None:
    shown = ask(client, f"articles/{shelf.pk}")
    assert shown["url"] == f"http://testserver/p/{shelf.pk}.html"
    assert shown["markdown_url"] == f"http://testserver/p/{shelf.pk}.md"
    assert "弱电箱是最差的位置" in shown["html"]
    assert "tabindex" not in shown["html"]
    assert shown["author"]["slug"] == "carol"
    assert [tag["name"] for tag in shown["tags"]] == ["路由器", "家庭网络"]
    assert shown["provenance"].startswith("本文来自用户")
    assert shown["license"]
    assert "takedown#example.com" in shown["rights"]
    assert [heading["id"] for heading in shown["contents"]] == ["s1", "s2"]


@pytest.mark.parametrize("path", LISTS)
def test_lists(client: Client, shelf: Article, path: str) -> None:
    shown = ask(client, path)["items"]
    assert len(shown) == (2 if path == "tags" else 1)
    assert "html" not in shown[0]
    names = {
        "articles": "老房子的无线死角怎么治", "categories": "技术", "tags": "路由器",
        "topics": "全部", "contributors": "纸上行舟", "search?q=无线死角": "老房子的无线死角怎么治",
    }  # fmt: skip
    assert names[path] in {shown[0].get("title"), shown[0].get("name")}


@pytest.mark.parametrize(
    ("query", "found"),
    [("category=tech", 2), ("category=root", 2), ("tag=甲", 1), ("topic=all", 1),
     ("contributor=carol", 2), ("category=tech&tag=甲", 1)],
)  # fmt: skip
def test_filters(
    client: Client, carol: Contributor, technology: Category, query: str, found: int
) -> None:
    root = save_category(Category(name="根", slug="root"), None)
    technology.parent = root
    save_category(technology, None)
    common = {"contributor": carol, "category": technology, "body": "<p>文</p>"}
    one = publish(create_article(None, title="一", tags=["甲"], **common), None)
    publish(create_article(None, title="二", tags=["乙"], **common), None)
    arrange_topic(save_topic(Topic(title="全部", slug="all"), None), None, [one])
    assert len(ask(client, f"articles?{query}")["items"]) == found


@pytest.mark.parametrize("name", ["category", "tag", "topic", "contributor"])
def test_what_no_slug_names_is_404(client: Client, db: None, name: str) -> None:
    assert ask(client, f"articles?{name}=none", 404) == {"detail": "Not Found"}


@pytest.mark.parametrize(
    ("path", "key"), [("articles", "id"), ("tags", "slug"), ("search?q=路由器", "id")]
)
def test_cursors_lead_through_everything_once(
    client: Client, carol: Contributor, technology: Category, path: str, key: str
) -> None:
    for number in range(7):
        made = create_article(
            None, title=f"第{number}篇谈路由器", body="<p>路由器</p>", contributor=carol,
            category=technology, tags=[f"标{number}"],
        )  # fmt: skip
        publish(made, None)
    Article.objects.update(published_at=made.created_at)  # All at one moment.
    rebuild_lists()
    index_changed_articles()
    seen: list[Any] = []
    cursor = ""
    mark = "&" if "?" in path else "?"
    while True:
        page = ask(client, f"{path}{mark}limit=3{cursor}")
        seen += [item[key] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == 7
    assert len(set(seen)) == 7


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "W10", "WyJ4Il0", "bnVsbA", "WyIyMDI2IiwgMV0", "WzFlOTldOw", "W" * 300,
               "WyI5OTk5OS0wMS0wMVQwMDowMDowMFoiLDFd", "Wy0xXQ", "W3RydWVd"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["articles?", "tags?", "search?q=文&"])
def test_a_cursor_of_someone_elses_is_refused(
    client: Client, db: None, path: str, cursor: str
) -> None:
    assert "cursor" in ask(client, f"{path}cursor={cursor}", 400)["detail"]


@pytest.mark.parametrize(
    ("path", "named"),
    [("articles?limit=0", "limit"), ("articles?limit=101", "limit"), ("articles/0", "id"),
     (f"articles/{10**19}", "id"), ("search", "q"), ("articles?tag=%00", "tag"),
     (f"search?q={'文' * 201}", "q")],
)  # fmt: skip
def test_bad_parameters_are_named(client: Client, db: None, path: str, named: str) -> None:
    assert ask(client, path, 422)["detail"].startswith(f"{named}: ")


@pytest.mark.parametrize("path", [*LISTS, "articles/{pk}"])
def test_costs_few_queries_and_no_session(client: Client, shelf: Article, path: str) -> None:
    address = f"/api/v1/{path.format(pk=shelf.pk)}"
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    # Inside a test's transaction PostgreSQL's engine sets the planner back when it has searched.
    set_back = connection.vendor == "postgresql"
    assert len(captured) <= (12 + set_back if "search" in path else 2)
    assert "Set-Cookie" not in response
    assert "Cookie" not in response.get("Vary", "")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", [*LISTS, "articles/{pk}"])
def test_304_until_something_changes_and_never_for_what_is_withheld(
    client: Client, shelf: Article, path: str
) -> None:
    address = f"/api/v1/{path.format(pk=shelf.pk)}"
    before = client.get(address)
    held = {"If-None-Match": before["ETag"]}
    assert client.get(address, headers=held).status_code == 304
    restrict(shelf, None, Scope.WHOLE, reference="TS-1")
    after = client.get(address, headers=held)
    expected = {"articles/{pk}": 451, "categories": 304, "topics": 304}
    assert after.status_code == expected.get(path, 200)
    assert shelf.title not in after.content.decode()
    if after.status_code == 451:
        assert 'rel="blocked-by"' in after["Link"]
        assert after["Cache-Control"] == "no-store"


def test_a_withheld_passage_is_not_in_the_text(client: Client, shelf: Article) -> None:
    restrict(shelf, None, Scope.PASSAGE, reference="TS-1", passage="弱电箱是最差的位置")
    assert "最差的位置" not in ask(client, f"articles/{shelf.pk}")["html"]


def test_drafts_are_404_and_what_is_gone_410(client: Client, shelf: Article) -> None:
    measure = restrict(shelf, None, Scope.WHOLE, reference="TS-1", http_status=410)
    assert "TS-1" not in ask(client, f"articles/{shelf.pk}", 410)["detail"]
    measure.delete()
    unpublish(shelf, None)
    ask(client, f"articles/{shelf.pk}", 404)
    assert ask(client, "articles")["items"] == []


def test_too_many_requests(client: Client, db: None, settings: Any) -> None:
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 2
    for _number in range(2):
        ask(client, "categories")
    response = client.get("/api/v1/categories")
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert response.json() == {"detail": "Too many requests."}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client: Client, shelf: Article, method: str) -> None:
    assert getattr(client, method)(f"/api/v1/articles/{shelf.pk}").status_code == 405


def test_the_description_has_examples(client: Client, db: None) -> None:
    schema = ask(client, "openapi.json")
    for name, model in schema["components"]["schemas"].items():
        assert "example" in model or "items" in model["properties"] or name == "Heading", name
    for path in schema["paths"].values():
        assert path["get"]["summary"]
        assert 429 in {int(status) for status in path["get"]["responses"]}


def test_the_page_for_people(client: Client, db: None) -> None:
    text = client.get("/api/v1/docs").content.decode()
    for part in ("/api/v1/articles/{id}", "老房子的无线死角怎么治", "cursor"):
        assert part in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    "path",
    ["/articles", "/articles/{id}", "/categories", "/tags", "/topics", "/contributors", "/search"],
)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_nothing_makes_it_fail(
    client: Client, shelf: Article, path: str, mode: GenerationMode, settings: Any
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 99_999
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    operation = schema[f"/api/v1{path}"]["GET"]
    documented = {int(status) for status in operation.definition.raw["responses"]}

    @hypothesis.settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        query = urlencode(case.query or {}, doseq=True)
        response = client.get(iri_to_uri(case.formatted_path), QUERY_STRING=query)
        assert response.status_code in documented, response.content
        response.json()

    try:
        attempt()
    except Unsatisfiable:
        assert mode == GenerationMode.NEGATIVE  # It takes nothing that could be wrong.
