"""robots.txt, llms.txt, an article as Markdown, the key of IndexNow."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Scope, SiteSettings
from articles.services.publishing import revise
from articles.services.restrictions import restrict
from articles.services.site import save_settings


def switch(**values: bool) -> None:
    row = SiteSettings.objects.filter(pk=1).first() or SiteSettings()
    for name, value in values.items():
        setattr(row, name, value)
    save_settings(row, None)


def test_an_article_as_markdown(client: Client, article: Article) -> None:
    revise(article, None, {"ai_label": "assisted", "title": '标"题: - #1'})
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/p/{article.pk}.md")
    assert len(captured) == 2
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert "Set-Cookie" not in response
    text = response.content.decode()
    assert text.startswith('---\ntitle: "标\\"题: - #1"\n')
    for line in ('url: "http://testserver/p/', 'author: "纸上行舟"', 'tags: ["路由器", "家庭网络"]',
                 'ai_declaration: "AI辅助写作"', 'provenance: "本文来自用户', 'license: "',
                 'rights: "', "## 一、先测量，再动手", "弱电箱是最差的位置"):  # fmt: skip
        assert line in text, line


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("text/markdown", "markdown"), ("text/markdown, text/html;q=0.9", "markdown"),
     ("text/html, text/markdown;q=0.5", "html"), ("*/*", "html"), ("", "html"),
     ("text/html,application/xhtml+xml,*/*;q=0.8", "html")],
)  # fmt: skip
def test_the_page_gives_what_is_rather_had(
    client: Client, article: Article, accept: str, kind: str
) -> None:
    response = client.get(f"/p/{article.pk}.html", headers={"Accept": accept})
    assert response["Content-Type"] == f"text/{kind}; charset=utf-8"
    assert "Accept" in response["Vary"]


@pytest.mark.parametrize("scope", ["whole", "passage"])
def test_no_304_for_what_is_withheld(client: Client, article: Article, scope: str) -> None:
    address = f"/p/{article.pk}.md"
    held = {"If-None-Match": client.get(address)["ETag"]}
    assert client.get(address, headers=held).status_code == 304
    passage = "弱电箱是最差的位置" if scope == "passage" else ""
    restrict(article, None, Scope(scope), reference="TS-1", passage=passage)
    after = client.get(address, headers=held)
    assert after.status_code == (451 if scope == "whole" else 200)
    assert "最差的位置" not in after.content.decode()


def test_llms_txt(client: Client, article: Article) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = client.get("/llms.txt")
    assert len(captured) == 3
    text = response.content.decode()
    assert text.startswith("# 拾页\n\n> ")
    assert f"(<http://testserver/p/{article.pk}.md>)" in text
    held = {"If-None-Match": response["ETag"]}
    restrict(article, None, Scope.WHOLE, reference="TS-1")
    after = client.get("/llms.txt", headers=held)
    assert after.status_code == 200
    assert article.title not in after.content.decode()


def test_markdown_can_be_switched_off(client: Client, article: Article) -> None:
    switch(offers_markdown=False)
    assert client.get(f"/p/{article.pk}.md").status_code == 404
    assert client.get("/llms.txt").status_code == 404
    page = client.get(f"/p/{article.pk}.html", headers={"Accept": "text/markdown"})
    assert page["Content-Type"].startswith("text/html")
    assert client.get(f"/api/v1/articles/{article.pk}").json()["markdown_url"] is None


def test_ai_crawlers_can_be_asked_to_keep_out(client: Client, db: None) -> None:
    before = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in before
    assert "GPTBot" not in before
    switch(admits_ai_crawlers=False)
    after = client.get("/robots.txt").content.decode()
    assert "User-agent: GPTBot" in after
    assert "User-agent: Googlebot" not in after
    assert "\nDisallow: /\n" in after


def test_the_key_of_indexnow(client: Client, db: None, settings: Any) -> None:
    assert client.get("/0123456789abcdef.txt").status_code == 404
    settings.INDEXNOW_KEY = "0123456789abcdef"
    assert client.get("/0123456789abcdef.txt").content == b"0123456789abcdef\n"
    assert client.get("/0123456789abcdee.txt").status_code == 404
