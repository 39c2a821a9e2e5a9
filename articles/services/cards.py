"""Pictures for sharing: drawn by the worker, kept in private storage, shown while they are true."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from articles.cards import Words, draw
from articles.models import Article, ShareCard
from articles.services.site import Site, get_site


def words_on(article: Article, site: Site) -> Words:
    """Return what the card of an article says. Its contributor must be loaded; no query."""
    host = urlsplit(settings.SITE_URL).netloc
    return Words(article.title, article.contributor.name, site.name, host)


def card_path(article: Article, site: Site) -> str:
    """Return the address of an article's card, or nothing while it has none that says what the
    article says now. Its card and contributor must be loaded (select_related); no query."""
    card: ShareCard | None = getattr(article, "card", None)
    if card is None or card.version != words_on(article, site).version():
        return ""
    return f"/card/{article.pk}-{card.version}.png"


@task()
def draw_card(article_id: int) -> None:
    """Draw the card of a public article without a cover, unless it is there. In the worker: a
    fifth of a second. Safe to run again and twice at once: the same words give the same file."""
    shown = Article.objects.visible().filter(pk=article_id, cover__isnull=True)
    article = shown.select_related("contributor", "card").first()
    if article is None:
        return
    words = words_on(article, get_site())
    present: ShareCard | None = getattr(article, "card", None)
    if present is not None and present.version == words.version() and _is_stored(present):
        return
    card = ShareCard(article=article, version=words.version(), drawn_at=timezone.now())
    _store(card, draw(words))
    if present is not None and present.version != card.version:
        storages["private"].delete(present.path)


def _is_stored(card: ShareCard) -> bool:
    return storages["private"].exists(card.path)


def _store(card: ShareCard, data: bytes) -> None:
    """Write the file, then the row that speaks of it."""
    storage = storages["private"]
    if storage.exists(card.path):
        storage.delete(card.path)
    storage.save(card.path, ContentFile(data))
    with transaction.atomic():
        # The article may have been deleted while its card was drawn.
        if Article.objects.select_for_update().filter(pk=card.article_id).exists():
            ShareCard.objects.bulk_create(
                [card],
                update_conflicts=True,
                unique_fields=["article"],
                update_fields=["version", "drawn_at"],
            )
        else:
            storage.delete(card.path)


def forget_card(article: Article) -> None:
    """Delete the file of an article that is being deleted; the row goes with it. One query."""
    card = ShareCard.objects.filter(article=article).first()
    if card is not None:
        path = card.path
        transaction.on_commit(lambda: storages["private"].delete(path), robust=True)
