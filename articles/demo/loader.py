"""Fills an empty site with the demo: people, pages, pictures, articles, and readers.

Pictures are stored one by one, and found again by a run after one that was interrupted. All else
comes in one transaction at the end: it is there as a whole, or not at all.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.demo import drawing
from articles.demo.covers import alt_text
from articles.demo.reader import (
    PEOPLE,
    DemoArticle,
    DemoPerson,
    read_articles,
    read_pages,
    read_taxonomy,
)
from articles.demo.readership import read_and_like
from articles.folding import fold
from articles.models import Article, Category, Contributor, Page, Picture, Status, Topic, User
from articles.search import index_owed, refresh_search_statistics
from articles.services.demo import add_demo_account, mark_demo_article
from articles.services.engagement import refresh_hot
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, schedule, unpublish
from articles.services.related import store_related
from articles.services.resembling import Library
from articles.services.roles import sync_roles
from articles.services.site import rebuild_chrome
from articles.services.taxonomy import (
    arrange_topic,
    save_category,
    save_contributor,
    save_page,
    save_topic,
)

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_CONSONANTS: Final = "bdfghklmnprstvz"
_VOWELS: Final = "aeiou"
# What happens, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]
Covers = dict[str, Picture]


class DemoRefusedError(Exception):
    """Why the demo cannot be loaded here, in words for whoever asked."""


@dataclass(frozen=True)
class Account:
    """A demo person and the password, which is known only now."""

    person: DemoPerson
    password: str


def parts() -> list[Any]:
    """Return the modules by which the apps above add to the demo: each has load(), planned() and
    remove(by)."""
    return [import_module(name) for name in settings.DEMO_PARTS]


def is_loaded() -> bool:
    """Say whether the site holds demo articles. One query."""
    return Article.objects.filter(is_demo=True).exists()


def load(progress: Progress) -> list[Account]:
    """Load the demo into a site that has no articles, and return who can sign in.

    About 15 seconds, mostly for pictures; their renditions are left to the worker. Raises
    DemoRefusedError where the site has articles, or where names of the demo are taken.
    """
    refuse_unless_empty()
    articles = read_articles()
    covers = _pictures(articles, progress)
    with transaction.atomic():
        # Writes the one row of settings, so that of two loads one waits here for the other.
        rebuild_chrome()
        refuse_unless_empty()
        accounts = _people()
        _pages()
        written = _articles(articles, _categories(), _contributors(), covers, progress)
        _topics(written, covers)
        read_and_like([article for _source, article in written if _is_public(article)])
        refresh_hot()
        index_owed()
        refresh_search_statistics()
        library = Library()
        for number, (_source, article) in enumerate(written, start=1):
            store_related(article.pk, library)
            progress(_("Finding related articles"), number, len(written))
        for part in parts():
            part.load()
    return accounts


def refuse_unless_empty() -> None:
    """Raise DemoRefusedError unless the demo can be loaded. Six queries."""
    if Article.objects.exists():
        raise DemoRefusedError(
            _("This site has articles. The demo is only loaded into a site that has none.")
        )
    taxonomy = read_taxonomy()
    columns = taxonomy["categories"]
    slugs = [c["slug"] for column in columns for c in (column, *column["children"])]
    names = [fold(c["name"]).replace(" ", "") for c in taxonomy["contributors"]]
    author_slugs = [c["slug"] for c in taxonomy["contributors"]]
    pages = [page.slug for page in read_pages()]
    topics = [topic["slug"] for topic in taxonomy["topics"]]
    taken: list[object] = [
        *Category.objects.filter(slug__in=slugs),
        *Contributor.objects.filter(folded_name__in=names),
        *Contributor.objects.filter(slug__in=author_slugs).exclude(folded_name__in=names),
        *Page.objects.filter(slug__in=pages),
        *Topic.objects.filter(slug__in=topics),
        *User.objects.filter(email__in=[person.email for person in PEOPLE]),
    ]
    if taken:
        raise DemoRefusedError(
            _("The demo needs names or addresses that this site has given already: %(names)s.")
            % {"names": ", ".join(str(row) for row in taken)}
        )


def _pictures(articles: Sequence[DemoArticle], progress: Progress) -> Covers:
    """Return the pictures by what needs them: an article's file, or a topic's slug."""
    needs = [(article.file, article.cover) for article in articles if article.cover]
    needs += [(topic["slug"], topic["cover"]) for topic in read_taxonomy()["topics"]]
    names: dict[str, str] = {}
    missing: list[tuple[str, int]] = []
    drawn: dict[str, int] = {}
    present = {p.name: p for p in Picture.objects.filter(is_demo=True)}
    for need, motif in needs:
        seed = drawn[motif] = drawn.get(motif, -1) + 1
        names[need] = _picture_name(motif, seed)
        if names[need] not in present:
            missing.append((motif, seed))
    for motif, seed, data in drawing.draw_all(missing, drawing.SIZE):
        name = _picture_name(motif, seed)
        upload = ContentFile(data, name)
        present[name] = add_picture(None, upload, alt=alt_text(motif), name=name, is_demo=True)
        progress(_("Drawing pictures"), len(present), len(needs))
    return {need: present[name] for need, name in names.items()}


def _picture_name(motif: str, seed: int) -> str:
    return f"{motif}-{seed}.png"


def _people() -> list[Account]:
    sync_roles()
    accounts = [Account(person, _password()) for person in PEOPLE]
    for account in accounts:
        add_demo_account(
            None,
            email=account.person.email,
            name=account.person.name,
            password=account.password,
            role=account.person.role,
        )
    return accounts


def _password() -> str:
    """Return a password that can be read out: about 50 bits."""
    words = (
        "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _syllable in range(2))
        for _word in range(3)
    )
    return "-".join([*words, f"{secrets.randbelow(10000):04d}"])


def _pages() -> None:
    for page in read_pages():
        save_page(
            Page(
                title=page.title, slug=page.slug, body=page.body, position=page.position,
                is_published=True, in_footer=True, is_demo=True,
            ),
            None,
        )  # fmt: skip


def _categories() -> dict[tuple[str, str], Category]:
    """Make the categories; return them by the names of their column and their own."""
    made: dict[tuple[str, str], Category] = {}
    position = 0
    for entry in read_taxonomy()["categories"]:
        column: Category | None = None
        for item in (entry, *entry["children"]):
            position += 1
            category = save_category(
                Category(
                    name=item["name"], slug=item["slug"], description=item["description"],
                    parent=column, position=position, is_demo=True,
                ),
                None,
            )  # fmt: skip
            column = column or category
            made[entry["name"], item["name"]] = category
    return made


def _contributors() -> dict[str, Contributor]:
    accounts = {person.byline: person.email for person in PEOPLE if person.byline}
    made: dict[str, Contributor] = {}
    for entry in read_taxonomy()["contributors"]:
        user = User.objects.filter(email=accounts.get(entry["name"], "")).first()
        contributor = Contributor(
            name=entry["name"], slug=entry["slug"], bio=entry["bio"], user=user, is_demo=True
        )
        made[entry["name"]] = save_contributor(contributor, None)
    return made


def _articles(
    sources: Sequence[DemoArticle],
    categories: dict[tuple[str, str], Category],
    contributors: dict[str, Contributor],
    covers: Covers,
    progress: Progress,
) -> list[tuple[DemoArticle, Article]]:
    now = timezone.now()
    written: list[tuple[DemoArticle, Article]] = []
    for number, source in enumerate(sources, start=1):
        article = create_article(
            None,
            title=source.title,
            body=source.body,
            category=categories[source.category],
            contributor=contributors[source.contributor],
            cover=covers.get(source.file),
            origin=source.origin,
            source_name=source.source_name,
            source_url=source.source_url,
            ai_label=source.ai,
            featured=bool(source.featured),
            sticky=source.featured == "sticky",
            published_at=None if source.status == Status.DRAFT else moment(source, now),
            tags=source.tags,
        )
        written.append((source, _release(source, article, now)))
        progress(_("Writing articles"), number, len(sources))
    return written


def moment(source: DemoArticle, now: datetime) -> datetime:
    """Return when an article appears: its time of day on its day, in Shanghai. What is to be
    public already, and would appear later today, appeared a moment ago."""
    day = now.astimezone(SHANGHAI).date() - timedelta(days=source.days_ago)
    at = datetime.combine(day, source.time, tzinfo=SHANGHAI)
    if source.status == Status.SCHEDULED:
        return at
    minutes_ago = 5 + (24 * 60 - source.time.hour * 60 - source.time.minute) // 20
    return min(at, now.replace(second=0, microsecond=0) - timedelta(minutes=minutes_ago))


def _release(source: DemoArticle, article: Article, now: datetime) -> Article:
    """Bring an article where its source says that it stands."""
    at = moment(source, now)
    if source.status == Status.SCHEDULED:
        article = schedule(article, None, at)
    elif source.status != Status.DRAFT:
        article = publish(article, None)
        if source.status == Status.UNPUBLISHED:
            article = unpublish(article, None)
    mark_demo_article(article, None, min(at, now - timedelta(hours=20)))
    return article


def _is_public(article: Article) -> bool:
    return article.status == Status.PUBLISHED


def _topics(written: Sequence[tuple[DemoArticle, Article]], covers: Covers) -> None:
    for position, entry in enumerate(read_taxonomy()["topics"], start=1):
        topic = Topic(
            title=entry["title"], slug=entry["slug"], intro=entry["intro"],
            cover=covers[entry["slug"]], position=position, is_demo=True,
        )  # fmt: skip
        save_topic(topic, None)
        arrange_topic(topic, None, [a for source, a in written if source.topic == topic.title])
