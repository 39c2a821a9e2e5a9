"""What is typed into the form of an article, kept while it is typed and offered again; and who
else has the form open."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from articles.admin.article_conflicts import ConflictMixin
from articles.admin.typed import (
    NAMES,
    Brief,
    Sent,
    all_names,
    brief,
    comparable,
    in_words,
    label_of,
    sent_by,
)
from articles.desk import acting
from articles.differences import Text, compare
from articles.html import clean
from articles.models import Article, Autosave, User
from articles.services.typing import (
    LARGEST,
    Other,
    be_present,
    drop_typing,
    is_key,
    keep_typing,
    leave,
    offers,
    others,
)

# Tells the script that a form was saved: what this device keeps of it can go.
SAVED_COOKIE = "typing_saved_"
_COOKIE_AGE = 86400
# JSON may write a character of two bytes in six.
_LARGEST_REQUEST = 3 * LARGEST
_OFFERED_AT_MOST = 5


@dataclass(frozen=True)
class Offer:
    """What somebody typed and did not save: where it is put back, compared and dropped."""

    row: Autosave
    brief: Brief
    restore_url: str

    @property
    def title(self) -> str:
        return self.row.fields.get("title", "").strip() or _("(no title yet)")


@dataclass(frozen=True)
class Message:
    """What the page of a form sends while it is open."""

    form_key: str
    version: int
    fields: Sent | None
    is_dirty: bool
    is_dropped: bool
    is_leaving: bool
    from_device: bool
    takes_over: int | None
    user: str

    @classmethod
    def read(cls, body: bytes) -> "Message":
        """Raises ValueError for anything but what our script sends."""
        data = json.loads(body)
        if not isinstance(data, dict):
            raise TypeError
        fields, took = data.get("fields"), str(data.get("takes_over") or "")
        version = str(data.get("version") or "0")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise ValueError(version)
        return cls(
            form_key=str(data.get("form_key") or ""),
            version=int(version),
            fields=_known(fields) if isinstance(fields, dict) else None,
            is_dirty=data.get("dirty") is True,
            is_dropped=data.get("drop") is True,
            is_leaving=data.get("gone") is True,
            from_device=data.get("from_device") is True,
            takes_over=number_in(took),
            user=str(data.get("user") or ""),
        )


def _known(fields: Mapping[Any, Any]) -> Sent:
    names = all_names()
    return {
        name: value for name, value in fields.items() if name in names and isinstance(value, str)
    }


def number_in(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def say_other(other: Other) -> str:
    """Return who has the form open, in words."""
    values = {"name": other.name, "seconds": other.seconds}
    if other.is_oneself:
        if other.is_dirty:
            return _("You are changing this article in another tab, too.")
        return _("You have this article open in another tab, too.")
    if other.is_dirty:
        return _("%(name)s is changing this article (%(seconds)s seconds ago).") % values
    return _("%(name)s has this article open, too (%(seconds)s seconds ago).") % values


def _refused(status: int, error: str, message: str) -> JsonResponse:
    return JsonResponse({"error": error, "message": message}, status=status)


def _presence(user: User, article: Article, message: Message) -> dict[str, Any]:
    """Note that the form is open; return who else has it open, and whether it is out of date."""
    present = be_present(user, article, message.form_key, is_dirty=message.is_dirty)
    is_stale = article.version != message.version
    return {"others": [say_other(other) for other in present], "stale": is_stale}


def _compared(saved: Sent, typed: Sent) -> dict[str, Any]:
    """Return what was typed beside what is saved, for the page that shows differences."""
    before, after = (
        Text(sent.get("title", ""), clean(sent.get("body", "")), {}) for sent in (saved, typed)
    )
    differing = [
        name
        for name in NAMES
        if name not in {"title", "body"} and comparable(name, saved) != comparable(name, typed)
    ]
    return {
        "heading": _("What differs from what is saved"),
        "difference": compare(before, after),
        "facts": [(label_of(n), in_words(n, saved), in_words(n, typed)) for n in differing],
    }


class TypingMixin(ConflictMixin):
    """Gives the form of an article its autosave, its offers, and those who have it open."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        # No sign-in page for a script: it is told in JSON.
        typing = never_cache(require_POST(self.typing_view))
        own = [
            path("typing/", typing, name="articles_article_typing_new"),
            path("<int:pk>/typing/", typing, name="articles_article_typing"),
            path("typed/<int:number>/", view(self.typed_view), name="articles_article_typed"),
            path(
                "typed/<int:number>/drop/",
                view(require_POST(self.drop_view)),
                name="articles_article_typed_drop",
            ),
        ]
        return own + super().get_urls()

    # --- The form ---------------------------------------------------------------------------
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method != "POST":
            self._put_back(request, object_id)
        elif object_id is not None and self.get_object(request, object_id) is None:
            return self._keep_homeless(request)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if (key := getattr(request, "typing_saved", "")) and response.status_code == 302:
            response.set_cookie(
                f"{SAVED_COOKIE}{key}", "1", max_age=_COOKIE_AGE, path=reverse("admin:index"),
                secure=request.is_secure(), samesite="Lax",
            )  # fmt: skip
        return response

    def get_form(
        self, request: HttpRequest, obj: Article | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.typed = getattr(request, "typed", None)  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        """Save; what was kept of this form while it was typed goes in the same transaction."""
        super().save_model(request, obj, form, change)
        key = request.POST.get("form_key", "")
        number = number_in(request.POST.get("took_over", ""))
        drop_typing(acting(request), form_key=key, number=number)
        leave(acting(request), key)
        request.typing_saved = key if is_key(key) else ""  # type: ignore[attr-defined]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may:
            context["typing"] = self._typing_context(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _typing_context(self, request: HttpRequest, obj: Article | None) -> dict[str, Any]:
        """Return what the form shows and sends of its autosave. Two queries at most: none
        for what the article's own query has found to be missing."""

        def has(what: str) -> bool:
            return bool(getattr(obj, what, True))

        posted, row = request.POST, getattr(request, "typed_row", None)
        key, took_over = posted.get("form_key", ""), posted.get("took_over", "")
        opened_at = row.created_at if row else timezone.now()
        rows = offers(acting(request), obj).exclude(form_key=key)
        if row is not None:
            took_over, rows = str(row.pk), rows.exclude(pk=row.pk)
        name, number = ("articles_article_typing", [obj.pk]) if obj else (
            "articles_article_typing_new", []
        )  # fmt: skip
        return {
            "url": reverse(f"admin:{name}", args=number),
            "form_key": key if is_key(key) else str(uuid4()),
            "took_over": took_over,
            "opened_at": posted.get("opened_at") or opened_at.isoformat(),
            "article": obj.pk if obj else "new",
            "is_dirty": bool(posted) or row is not None,
            "is_posted": bool(posted),
            "restored": row,
            "offers": self._offers_among(rows[:_OFFERED_AT_MOST], obj) if has("has_offers") else [],
            "others": [say_other(one) for one in others(acting(request), obj)]
            if obj and has("has_company")
            else [],
            "cookie": SAVED_COOKIE,
            "largest": LARGEST,
        }

    def _put_back(self, request: HttpRequest, object_id: str | None) -> None:
        """Let the form show what was typed earlier, where its address asks for that."""
        number = number_in(request.GET.get("typing", ""))
        if number is None:
            return
        rows = offers(acting(request), None)
        if object_id is not None:
            rows = Autosave.objects.filter(user=acting(request), article=number_in(object_id))
        row = rows.filter(pk=number).first()
        if row is None:
            text = _("What you had typed is no longer kept: it was saved or dropped.")
            self.message_user(request, text, messages.WARNING)
            return
        based_on = str(row.version) if object_id is not None else ""
        request.typed = {**row.fields, "based_on": based_on}  # type: ignore[attr-defined]
        request.typed_row = row  # type: ignore[attr-defined]

    def _keep_homeless(self, request: HttpRequest) -> HttpResponse:
        """Keep what was typed for an article that is deleted, and offer it as a new one."""
        key = request.POST.get("form_key", "")
        key = key if is_key(key) else str(uuid4())
        try:
            row = keep_typing(acting(request), key, None, 0, _known(request.POST.dict()))
        except (PermissionDenied, ValidationError) as error:
            raise Http404 from error
        text = _(
            "The article was deleted meanwhile. What you typed is kept and stands here as a new "
            "article; nothing is saved yet."
        )
        self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(self._restore_url(row, None))

    # --- While it is typed ----------------------------------------------------------------------
    def typing_view(self, request: HttpRequest, pk: int | None = None) -> JsonResponse:
        """Take what is typed and whether the form is open; say who else has it open.

        401 for those who are signed out, 403 for those who may not or are somebody else by now,
        413 for what is too large.
        """
        if not self.admin_site.has_permission(request):
            return _refused(401, "signed_out", _("Sign in again."))
        if int(request.META.get("CONTENT_LENGTH") or 0) > _LARGEST_REQUEST:
            return _refused(413, "too_large", _("This is too large to be kept."))
        try:
            message = Message.read(request.body)
        except (ValueError, TypeError):
            return _refused(400, "malformed", _("This could not be read."))
        user = acting(request)
        if message.user != str(user.pk):
            return _refused(403, "somebody_else", _("Somebody else has signed in meanwhile."))
        article = Article.objects.on_desk().filter(pk=pk).first() if pk is not None else None
        try:
            return JsonResponse(self._take(request, message, article))
        except PermissionDenied:
            return _refused(403, "forbidden", _("You may not do this."))
        except ValidationError as error:
            status = 413 if error.code == "too_large" else 400
            return _refused(status, str(error.code), " ".join(error.messages))

    def _take(
        self, request: HttpRequest, message: Message, article: Article | None
    ) -> dict[str, Any]:
        user, answer = acting(request), dict[str, Any]()
        if message.fields is not None:
            row = keep_typing(
                user, message.form_key, article, message.version, message.fields,
                takes_over=message.takes_over,
            )  # fmt: skip
            answer["at"] = f"{timezone.localtime(row.updated_at):%H:%M:%S}"
            if message.from_device:
                answer |= {"number": row.pk, "offer": self._offer_in_html(request, row, article)}
        elif message.is_dropped:
            drop_typing(user, form_key=message.form_key, number=message.takes_over)
        if message.is_leaving:
            leave(user, message.form_key)
        elif article is not None and not message.from_device:
            answer |= _presence(user, article, message)
        return answer

    def _offer_in_html(self, request: HttpRequest, row: Autosave, article: Article | None) -> str:
        found = self._offers_among([row], article)
        if not found:  # The article says the same: it was saved after all.
            drop_typing(acting(request), form_key=row.form_key)
            return ""
        context = {"offer": found[0]}
        return render_to_string("admin/articles/article/_offer.html", context, request)

    # --- What is offered again ------------------------------------------------------------------
    def _offers_among(self, rows: Any, article: Article | None) -> list[Offer]:
        saved = sent_by(article if article is not None else Article())
        found = [(row, brief(row.fields, saved)) for row in rows]
        return [
            Offer(row, differs, self._restore_url(row, article))
            for row, differs in found
            if differs.names
        ]

    def _restore_url(self, row: Autosave, article: Article | None) -> str:
        form = self.change_url(article.pk) if article else reverse("admin:articles_article_add")
        return f"{form}?typing={row.pk}"

    def typed_view(self, request: HttpRequest, number: int) -> TemplateResponse:
        """Compare something typed and not saved with the article as it is saved. Only its writer
        sees it."""
        row = self._own(request, number)
        article = row.article if row.article and row.article.trashed_at is None else None
        saved = sent_by(article if article is not None else Article())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Typed and not saved"),
            "opts": self.opts,
            "offer": Offer(row, brief(row.fields, saved), self._restore_url(row, article)),
            "article": article,
            "compared": _compared(saved, row.fields),
        }
        return TemplateResponse(request, "admin/articles/article/typed.html", context)

    def drop_view(self, request: HttpRequest, number: int) -> HttpResponse:
        row = self._own(request, number)
        drop_typing(acting(request), number=row.pk)
        self.message_user(request, _("What you had typed is dropped."), messages.SUCCESS)
        article = row.article if row.article and row.article.trashed_at is None else None
        if article is None:
            return HttpResponseRedirect(reverse("admin:articles_article_changelist"))
        return HttpResponseRedirect(self.change_url(article.pk))

    def _own(self, request: HttpRequest, number: int) -> Autosave:
        if not self.has_change_permission(request) and not self.has_add_permission(request):
            raise PermissionDenied
        rows = Autosave.objects.filter(user=acting(request), pk=number)
        row = rows.select_related("article__cover").first()
        if row is None:
            raise Http404
        return row
