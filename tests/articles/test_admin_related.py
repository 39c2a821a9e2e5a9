"""Pins and bans in the form of an article."""

import pytest
from django.test import Client

from articles.models import Article, Contributor, RelatedChoice, User
from articles.services.publishing import create_article, publish
from articles.services.related import choose_related, related_to, store_related
from tests.articles.desk import change_url, form_of


@pytest.fixture
def others(carol: Contributor, article: Article) -> list[Article]:
    return [
        publish(create_article(None, title=title, body="<p>文</p>", contributor=carol), None)
        for title in ("修补老书", "阳台种薄荷", "开锅")
    ]


def with_choices(article: Article, *wishes: tuple[Article | None, str, bool]) -> dict:
    """Return the article's form with these rows of choices: which, the wish, whether removed."""
    present = {choice.other_id: choice.pk for choice in article.related_choices.all()}
    data = form_of(article)
    for number, (other, verdict, is_removed) in enumerate(wishes):
        row = {"other": other.pk if other else "", "verdict": verdict, "article": article.pk}
        if other is not None and other.pk in present:
            row["id"] = present[other.pk]
        if is_removed:
            row["DELETE"] = "on"
        data |= {f"related_choices-{number}-{name}": value for name, value in row.items()}
    data["related_choices-TOTAL_FORMS"] = len(wishes)
    data["related_choices-INITIAL_FORMS"] = len(present)
    return data


def verdicts(article: Article) -> dict[int, str]:
    return dict(article.related_choices.values_list("other", "verdict"))


def test_pin_and_ban(client: Client, eddie: User, article: Article, others: list[Article]) -> None:
    client.force_login(eddie)
    data = with_choices(article, (others[0], "pin", False), (others[1], "ban", False))
    response = client.post(change_url(article), data, follow=True)
    assert response.redirect_chain, response.context["adminform"].form.errors
    assert verdicts(article) == {others[0].pk: "pin", others[1].pk: "ban"}
    assert set(article.related_choices.values_list("by", flat=True)) == {eddie.pk}
    assert related_to(article.pk) == [others[0].pk, others[2].pk]
    assert "没有" not in response.context["messages"]._loaded_data[0].message
    page = response.text
    assert others[0].title in page[page.index("desk-related") :]
    assert "Eddie" in page[page.index("related_choices-group") :]
    assert article.history.count() == 2  # The text did not change.


def test_take_back(client: Client, eddie: User, article: Article, others: list[Article]) -> None:
    choose_related(article, eddie, {others[0].pk: "pin", others[1].pk: "ban"})
    article.refresh_from_db()
    client.force_login(eddie)
    data = with_choices(article, (others[0], "pin", True), (others[1], "ban", False))
    client.post(change_url(article), data)
    assert verdicts(article) == {others[1].pk: "ban"}
    store_related(article.pk)
    assert others[1].pk not in related_to(article.pk)


def test_what_is_refused_loses_nothing_typed(
    client: Client, eddie: User, article: Article, others: list[Article]
) -> None:
    client.force_login(eddie)
    data = with_choices(article, (others[0], "pin", False), (article, "pin", False))
    data["excerpt"] = "刚刚写下的摘要"
    response = client.post(change_url(article), data)
    assert response.status_code == 200
    assert "文章不能推荐它自己" in response.text
    assert "刚刚写下的摘要" in response.text
    assert not RelatedChoice.objects.exists()
    article.refresh_from_db()
    assert article.excerpt == ""


@pytest.mark.parametrize("rows", ["twice", "unknown"])
def test_what_the_form_catches(
    client: Client, eddie: User, article: Article, others: list[Article], rows: str
) -> None:
    client.force_login(eddie)
    wishes = [(others[0], "pin", False), (others[0], "ban", False)]
    data = with_choices(article, *(wishes if rows == "twice" else wishes[:1]))
    if rows == "unknown":
        data["related_choices-0-other"] = 999_999
    assert client.post(change_url(article), data).status_code == 200
    assert not RelatedChoice.objects.exists()


def test_a_new_article_has_nothing_to_choose_yet(client: Client, eddie: User) -> None:
    client.force_login(eddie)
    assert "related_choices" not in client.get("/admin/articles/article/add/").text


def test_the_ladder(
    client: Client, sam: User, mona: User, article: Article, others: list[Article]
) -> None:
    data = with_choices(article, (others[0], "pin", False))
    assert client.post(change_url(article), data).status_code == 302
    client.force_login(sam)
    assert client.post(change_url(article), data).status_code in {302, 403}
    client.force_login(mona)
    assert client.post(change_url(article), data).status_code == 403
    page = client.get(change_url(article))
    assert page.status_code == 200
    assert 'name="related_choices-0-verdict"' not in page.text
    assert not RelatedChoice.objects.exists()
