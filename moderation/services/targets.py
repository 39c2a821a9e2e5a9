"""Which articles of this site somebody's addresses mean. Nothing is ever fetched."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http.request import split_domain_port, validate_host
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.html import strip_control
from articles.models import Article, ArticlePicture, Picture, Restriction, Scope, Status
from articles.services.redirects import find_redirect

TARGETS_AT_MOST: Final = 20
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'）)】」，。；]+", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"/p/([1-9][0-9]{0,17})(?:\.html)?/?")
_NUMBER: Final = re.compile(r"#?([1-9][0-9]{0,17})")


@dataclass(frozen=True)
class Found:
    """What lines of addresses mean: articles, each once and in their order, and for each line that
    means none why, in the reader's language."""

    articles: list[Article] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _NotOursError(ValueError):
    """An address of another site; its host."""


def find_targets(text: str, host: str = "") -> Found:
    """Return the articles that lines name, at most TARGETS_AT_MOST: by their address in any form
    (with or without scheme and host, an old one that leads on), or by number.

    `host` is the host that was asked for; SITE_URL's and ALLOWED_HOSTS count as ours as well. Two
    queries, and one for each address that is not an article's own.
    """
    lines = enumerate(strip_control(text).splitlines(), 1)
    named = [(n, line.strip()) for n, line in lines if line.strip()]
    numbers: dict[int, int | None] = {}
    problems: dict[int, str] = {}
    for n, line in named[:TARGETS_AT_MOST]:
        try:
            numbers[n] = _number(line, _own_hosts(host))
        except _NotOursError as error:
            problems[n] = _(
                "Line %(n)d: %(host)s is not this site. We can act only on what stands here."
            ) % {"n": n, "host": str(error)[:60]}
    known = _known({number for number in numbers.values() if number is not None})
    for n in numbers.keys() - {n for n, number in numbers.items() if number in known}:
        problems[n] = _(
            "Line %(n)d: there is no article here at this address. Copy it from the browser."
        ) % {"n": n}
    if len(named) > TARGETS_AT_MOST:
        problems[named[TARGETS_AT_MOST][0]] = _(
            "At most %(limit)d addresses in one notice. Send another notice for the others."
        ) % {"limit": TARGETS_AT_MOST}
    # Each article once, in the order of the lines.
    found = {number: known[number] for number in numbers.values() if number in known}
    return Found(list(found.values()), [problems[n] for n in sorted(problems)])


def _own_hosts(host: str) -> list[str]:
    named = [split_domain_port(host)[0], urlsplit(settings.SITE_URL).hostname or ""]
    named += [entry for entry in settings.ALLOWED_HOSTS if entry != "*"]
    bare = [entry.removeprefix("www.") for entry in named if entry]
    return [*bare, *(f"www.{entry}" for entry in bare if not entry.startswith("."))]


def _number(line: str, hosts: list[str]) -> int | None:
    """Return the number of the article that a line names, or None. Raises _NotOursError."""
    line = unicodedata.normalize("NFKC", line)
    if match := _NUMBER.fullmatch(line):
        return int(match[1])
    if match := _ADDRESS.search(line):
        line = match[0].rstrip(",.;:!?)]")
    elif _begins_with_host(line, hosts):
        line = f"https://{line}"
    try:
        parts = urlsplit(line)
        named = parts.hostname or ""
    except ValueError:
        return None
    if named and not validate_host(named, hosts):
        raise _NotOursError(named)
    if not named and parts.scheme not in {"", "http", "https"}:
        return None
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return _by_path(path, parts.query)


def _begins_with_host(line: str, hosts: list[str]) -> bool:
    first = re.split(r"[/?#\s]", line, maxsplit=1)[0]
    domain = split_domain_port(first.lower())[0]
    return bool(domain) and ("." in domain or validate_host(domain, hosts))


def _by_path(path: str, query: str) -> int | None:
    if match := _ARTICLE.fullmatch(path):
        return int(match[1])
    redirect = find_redirect(f"{path}?{query}" if query else path)
    match = _ARTICLE.fullmatch(urlsplit(redirect.leads_to).path) if redirect is not None else None
    return int(match[1]) if match else None


def _known(numbers: Iterable[int]) -> dict[int, Article]:
    """Return the articles that are or were public, by number; a draft is as good as none. One
    query."""
    withheld = Restriction.objects.active().filter(article=OuterRef("pk"), scope=Scope.WHOLE)
    now = timezone.now()
    was_public = Q(status=Status.UNPUBLISHED, published_at__lte=now)
    rows = Article.objects.annotate(is_withheld=Exists(withheld)).filter(
        Q(public_at__lte=now) | was_public | Q(is_withheld=True), pk__in=list(numbers)
    )
    return {row.pk: row for row in rows.select_related("cover")}


def shown_pictures(articles: Iterable[Article]) -> dict[int, list[Picture]]:
    """Return, for the articles among these that readers see, the pictures that they see in them,
    the cover first. Two queries."""
    by_pk = {article.pk: article for article in articles}
    visible = Article.objects.visible().filter(pk__in=list(by_pk))
    shown: dict[int, list[Picture]] = {pk: [] for pk in visible.values_list("pk", flat=True)}
    for pk, pictures in shown.items():
        cover = by_pk[pk].cover
        if cover is not None and not cover.is_withheld:
            pictures.append(cover)
    uses = ArticlePicture.objects.filter(article__in=list(shown), picture__is_withheld=False)
    for use in uses.select_related("picture").order_by("pk"):
        if use.picture not in shown[use.article_id]:
            shown[use.article_id].append(use.picture)
    return shown
