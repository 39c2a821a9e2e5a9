"""What people do about a case, as they do it: through the pages and the desk."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, User
from config.periodic_jobs import JOBS, send_mail
from moderation.models import Case, Letter
from moderation.services.parties import link_of

PDF = b"%PDF-1.7\n1 0 obj <<>> endobj"


def pdf(name: str = "证明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def typed(article: Article, kind: str = "copyright", **changes: Any) -> dict[str, Any]:
    """What a claimant types who leaves nothing out; `changes` of None leave a field out."""
    data: dict[str, Any] = {
        "targets": f"http://testserver/p/{article.pk}.html",
        "explanation": "第二节与我的文章一致，未经许可。",
        "role": "self",
        "name": "周一",
        "email": "rita@example.org",
        "phone": "13800001111",
        "declared": "on",
        "signed": "周一",
    }
    data |= {
        "copyright": {
            "work_title": "清汤的做法", "work_author": "周一", "asked": "withhold",
            "work_source": "https://blog.example.net/2025/08/clear-broth",
            "address": "杭州市某路1号", "file-right": pdf(),
        },
        "personality": {
            "words": "多数人一觉得慢就去买新设备。", "asked": "correct",
            "file-infringement": pdf(),
        },
        "privacy": {"category": "contact", "asked": "withhold"},
        "illegal": {"category": "fraud"},
        "other": {"category": "unlabelled_ai"},
    }[kind]  # fmt: skip
    return {key: value for key, value in (data | changes).items() if value is not None}


class Rita:
    """Somebody who reports, without an account: by the form, then by the link in the mail."""

    def __init__(self) -> None:
        self.browser = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox"})

    def report(self, article: Article, kind: str = "copyright", **changes: Any) -> Case:
        sent = self.browser.post(f"/report/{kind}/", typed(article, kind, **changes))
        if seen := re.search(r'name="seen" value="([A-Z,]+)"', sent.content.decode()):
            # Something is missing, and the page has said what: sent all the same.
            data = typed(article, kind, **changes) | {"seen": seen[1]}
            sent = self.browser.post(f"/report/{kind}/", data)
        assert sent.status_code == 302, sent.content.decode()
        self.told = self.browser.get(sent["Location"]).content.decode()
        return Case.objects.order_by("pk").last()

    def link(self, case: Case) -> str:
        """The way to her page, as the last mail to her names it."""
        mails = Letter.objects.filter(party=case.claimant, mail__isnull=False).order_by("-pk")
        found = re.search(r"http://testserver(/report/[\w-]{40,}/)", mails[0].mail.message)
        return found[1]

    def do(self, case: Case, what: str, **data: Any) -> Any:
        case.refresh_from_db()
        address = link_of(case.claimant).removeprefix("http://testserver")
        return self.browser.post(address + what, data, follow=True)

    def page(self, case: Case) -> str:
        case.refresh_from_db()
        address = link_of(case.claimant).removeprefix("http://testserver")
        return self.browser.get(address).content.decode()

    def confirmed(self, article: Article, kind: str = "copyright", **changes: Any) -> Case:
        case = self.report(article, kind, **changes)
        self.browser.post(self.link(case) + "confirm/")
        case.refresh_from_db()
        return case


class Desk:
    """A moderator at the desk."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.browser = Client()

    def queue(self) -> str:
        self.browser.force_login(self.user)
        return self.browser.get("/admin/moderation/case/").content.decode()

    def step(self, case: Case, action: str, **fields: Any) -> Any:
        """Send the form of an action as the page has it; the reason is the first that fits."""
        case.refresh_from_db()
        self.browser.force_login(self.user)  # Anew: tests travel further than a session lasts.
        data = {"version": case.version, "seen": case.last_seq, "no_interest": "on"}
        data |= {"text": "理由如上。"} | fields
        address = f"/admin/moderation/case/{case.pk}/change/"
        sent = {f"{action}-{name}": value for name, value in data.items()}
        response = self.browser.post(address, {"action": action} | sent, follow=True)
        case.refresh_from_db()
        return response


def hand_over() -> None:
    """Let the mails that are owed reach the servers of who they are for."""
    send_mail()
    Email.objects.exclude(status=STATUS.failed).update(
        status=STATUS.sent, last_updated=timezone.now()
    )


def tick() -> None:
    """Let the periodic command run once."""
    hand_over()
    for job in JOBS:
        job.run()


def served(article: Article) -> int:
    return int(Client().get(article.get_absolute_url()).status_code)
