"""What the tests of the desk share: its addresses, its form as a browser would send it."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

CHANGELIST = "/admin/articles/article/"


def change_url(article):
    return f"{CHANGELIST}{article.pk}/change/"


def form_of(article):
    """Return the article's form as it is shown, ready to be sent."""
    data = {
        name: getattr(article, name) or ""
        for name in ("title", "body", "excerpt", "origin", "source_name", "source_url", "ai_label")
    }
    data |= {
        "contributor": article.contributor_id,
        "category": article.category_id or "",
        "tag_line": "、".join(article.tag_names),
        "based_on": str(article.version),
        "cover_alt": article.cover.alt if article.cover else "",
        # Most tests are about something else than what the checklist warns of.
        "reason": "为了测试",
        "related_choices-TOTAL_FORMS": 0,
        "related_choices-INITIAL_FORMS": 0,
    }
    if article.published_at:
        local = timezone.localtime(article.published_at)
        data |= {"published_at_0": f"{local:%Y-%m-%d}", "published_at_1": f"{local:%H:%M:%S}"}
    return data


def png(name="bowl.png", data=None, size=(320, 200)):
    if data is None:
        buffer = BytesIO()
        Image.new("RGB", size, (10, 92, 81)).save(buffer, "PNG")
        data = buffer.getvalue()
    return SimpleUploadedFile(name, data, content_type="image/png")
