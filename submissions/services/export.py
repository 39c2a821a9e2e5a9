"""Everything that the site keeps about one account, as a ZIP: JSON for machines, HTML to read."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone
from post_office.models import Email

from articles.models import Article, Contributor, Picture, User
from articles.services.site import get_site
from submissions.models import Submission
from submissions.services.mail import muted
from submissions.services.notices import latest
from submissions.services.receipts import receipt_document

# Contributors have a quota far below; this bounds what staff who upload for others can take home.
PICTURE_BYTES_AT_MOST = 500 * 1024 * 1024
_ROWS_AT_ONCE = 20
# Where a text shows a picture, whose file lies beside the page in the archive.
_PICTURE = re.compile(
    re.escape(settings.MEDIA_URL) + r"pictures/[0-9a-f]{2}/([0-9a-f]{24})/[\w-]+\.(\w+)"
)


def export_account(by: User) -> IO[bytes]:
    """Write everything about one's own account into a ZIP and return it, open at its beginning; it
    is a temporary file that vanishes when it is closed.

    Not in it: what editors write to one another, and likes (they name nobody). Memory stays small:
    texts go one by one. About a dozen queries, and five for each submission.
    """
    file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 – the answer closes it.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        pictures = _write_pictures(archive, by)
        submissions = [
            _write_submission(archive, row) for row in _submissions(by).iterator(_ROWS_AT_ONCE)
        ]
        account = _account(by)
        content = {"account": account, "pictures": pictures, "submissions": submissions}
        articles = [_article(row) for row in _articles(by).iterator(_ROWS_AT_ONCE)]
        _write_json(archive, "data.json", {**content, "articles": articles})
        page = render_to_string("submissions/export/index.html", {"site": get_site(), **content})
        archive.writestr("index.html", page)
    file.seek(0)
    return file


def _submissions(by: User) -> Any:
    related = ("category", "terms", "contributor")
    return (
        Submission.objects.filter(account=by)
        .select_related(*related)
        .prefetch_related("versions", "events", "remarks", "receipts")
        .order_by("pk")
    )


def _articles(by: User) -> Any:
    return Article.objects.filter(contributor__user=by).order_by("pk")


def _account(by: User) -> dict[str, Any]:
    contributor = Contributor.objects.filter(user=by).select_related("avatar").first()
    sessions = UserSession.objects.filter(user=by)
    return {
        "site": settings.SITE_URL,
        "exported_at": timezone.now(),
        "email": by.email,
        "name": by.name,
        "joined_at": by.date_joined,
        "last_sign_in": by.last_login,
        "addresses": list(EmailAddress.objects.filter(user=by).values("email", "verified")),
        "two_step_sign_in": list(
            Authenticator.objects.filter(user=by).values("type", "created_at")
        ),
        "sessions": list(sessions.values("created_at", "ip", "user_agent")),
        "byline": _byline(contributor) if contributor is not None else None,
        "mails_not_wanted": sorted(muted(by)),
        "mails": list(Email.objects.filter(to=by.email).values("created", "subject")),
        "notices": [
            {"at": line.at, "text": line.sentence, "words": line.words, "unread": line.is_unread}
            for line in latest(by, 1000)
        ],
    }


def _byline(contributor: Contributor) -> dict[str, Any]:
    standing = getattr(contributor, "standing", None)
    return {
        "name": contributor.name,
        "address": f"{settings.SITE_URL}{contributor.get_absolute_url()}",
        "about": contributor.bio,
        "avatar": contributor.avatar.key if contributor.avatar is not None else "",
        "since": contributor.created_at,
        "accepted": standing.accepted if standing else 0,
        "declined": standing.declined if standing else 0,
        "strikes": standing.strikes if standing else 0,
        "suspended_until": standing.suspended_until if standing else None,
    }


def _article(row: Article) -> dict[str, Any]:
    return {
        "address": f"{settings.SITE_URL}{row.get_absolute_url()}",
        "title": row.title,
        "body": row.body,
        "tags": row.tag_names,
        "status": row.status,
        "published_at": row.published_at,
        "likes": row.like_count,
        "reads": row.read_count,
    }


_PLAIN = (
    "title", "body", "tag_names", "origin", "source_name", "source_url", "is_declared_original",
    "ai_text", "ai_images", "note", "version", "submitted_at", "due_at", "decided_at",
    "created_at", "updated_at", "article_id",
)  # fmt: skip


def _write_submission(archive: zipfile.ZipFile, row: Submission) -> dict[str, Any]:
    """Write a submission as JSON and as a page; return what the list says of it."""
    content = {
        "number": row.pk,
        **{name: getattr(row, name) for name in _PLAIN},
        "state": row.get_state_display(),
        "category": row.category.name if row.category is not None else "",
        "terms": row.terms.number if row.terms is not None else 0,
        "versions": [
            {"number": v.number, "title": v.title, "body": v.body, "sent_at": v.sent_at, **v.fields}
            for v in row.versions.all()
        ],
        "timeline": [
            {"at": e.at, "what": e.get_happening_display(), "version": e.version, "note": e.note}
            for e in row.events.all()
            if not e.is_internal
        ],
        "remarks": [
            {"at": r.sent_at, "version": r.version, "quote": r.quote, "text": r.text}
            for r in row.remarks.all()
            if r.sent_at is not None
        ],
        "receipts": [receipt_document(receipt) for receipt in row.receipts.all()],
    }
    name = f"submissions/{row.pk}"
    _write_json(archive, f"{name}.json", content)
    text = _PICTURE.sub(r"../pictures/\1.\2", row.body)
    page = render_to_string("submissions/export/submission.html", {"it": content, "text": text})
    archive.writestr(f"{name}.html", page)
    for receipt in row.receipts.all():
        _write_json(archive, f"receipts/{row.pk}-{receipt.version}.json", receipt_document(receipt))
    if row.proof:
        suffix = PurePosixPath(row.proof).suffix
        _write_file(archive, "private", row.proof, f"proofs/{row.pk}{suffix}")
    return {"number": row.pk, "title": str(row), "state": content["state"], "at": row.updated_at}


def _write_pictures(archive: zipfile.ZipFile, by: User) -> list[dict[str, Any]]:
    """Write the pictures that an account has uploaded; a withheld one is listed without its file,
    which nobody may get while the measure is in force."""
    listed: list[dict[str, Any]] = []
    left = PICTURE_BYTES_AT_MOST
    for picture in Picture.objects.filter(uploaded_by=by).order_by("pk").iterator():
        name = f"pictures/{picture.key}{PurePosixPath(picture.file).suffix}"
        fits = not picture.is_withheld and picture.size <= left
        path = f"{picture.folder}/{picture.file}"
        is_there = fits and _write_file(archive, "default", path, name)
        left -= picture.size if is_there else 0
        listed.append(
            {
                "key": picture.key,
                "file": name if is_there else "",
                "name": picture.name,
                "description": picture.alt,
                "uploaded_at": picture.created_at,
                "withheld": picture.is_withheld,
            }
        )
    return listed


def _write_file(archive: zipfile.ZipFile, storage: str, path: str, name: str) -> bool:
    """Copy a stored file into the archive piece by piece; False where it is not there."""
    try:
        source = storages[storage].open(path)
    except FileNotFoundError:
        return False
    entry = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    with source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target)
    return True


def _write_json(archive: zipfile.ZipFile, name: str, content: Iterable[Any]) -> None:
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    archive.writestr(name, text)
