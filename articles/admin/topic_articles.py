"""The articles of a topic on the desk: their order, what is pinned, what may belong there."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from articles.admin.ordering import Act, Row, save_order, write_places
from articles.admin.related import ArticleChooser
from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article, Topic, TopicArticle, TopicBan
from articles.services.ordering import entries_of, order_entries
from articles.services.topics import admit_again, keep_out, pin, put_in, suggestions, take_out


def article_chooser(model_admin: ServiceAdmin[Any]) -> forms.Form:
    """Return a form that chooses an article of the desk by words of its title or its number."""

    class Chooser(forms.Form):
        article = forms.ModelChoiceField(
            Article.objects.on_desk(),
            label=_("Article"),
            widget=ArticleChooser(TopicArticle._meta.get_field("article"), model_admin.admin_site),
        )

    return Chooser()


class TopicArticlesMixin(ServiceAdmin[Topic]):
    """Gives a topic a page for what stands in it."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.articles_view)
        own = path("<int:pk>/articles/", view, name="articles_topic_articles")
        return [own, *super().get_urls()]

    def articles_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        topic = get_object_or_404(Topic, pk=pk)
        if request.method == "POST":
            self._do(request, topic)
            return HttpResponseRedirect(request.path)
        entries = entries_of(topic)
        bans = TopicBan.objects.filter(topic=topic).select_related("article").order_by("-pk")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Articles of “%(title)s”") % {"title": topic.title},
            "object": topic,
            "rows": [_row(entry) for entry in entries],
            "seen": write_places([(entry.article_id, 0) for entry in entries]),
            "chooser": article_chooser(self),
            "suggestions": suggestions(topic),
            "bans": bans.only("topic_id", "article_id", "article__title"),
        }
        return TemplateResponse(request, "admin/articles/topic/articles.html", context)

    def _do(self, request: HttpRequest, topic: Topic) -> None:
        """Do what a button of the page says: "pin:12"; else save the order."""
        what, _colon, number = request.POST.get("do", "").partition(":")
        if not what:
            save_order(self, request, lambda seen, wanted: order_entries(
                topic, acting(request), [pk for pk, _d in seen], [pk for pk, _d in wanted]
            ))  # fmt: skip
            return
        typed = request.POST.get("article", "") if what == "choose" else number
        article = Article.objects.filter(pk=typed).first() if typed.isdecimal() else None
        if article is None:
            self.message_user(request, _("Choose an article."), messages.ERROR)
            return
        try:
            said = _act(what, topic, article, request)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            self.message_user(request, said % {"title": article.title}, messages.SUCCESS)


def _act(what: str, topic: Topic, article: Article, request: HttpRequest) -> str:
    """Call the service of a button; return what is said of it."""
    by = acting(request)
    if what in {"choose", "in"}:
        if not put_in(topic, by, [article]):
            return _("“%(title)s” stands in the topic already.")
        return _("“%(title)s” stands in the topic.")
    if what in {"pin", "unpin"}:
        pin(topic, by, article, is_pinned=what == "pin")
        if what == "pin":
            return _("“%(title)s” is pinned: it stands before the others.")
        return _("“%(title)s” is no longer pinned.")
    if what == "out":
        take_out(topic, by, article)
        return _("“%(title)s” is taken out of the topic.")
    if what == "ban":
        keep_out(topic, by, article)
        return _("“%(title)s” is kept out and not suggested again.")
    if what == "admit":
        admit_again(topic, by, article)
        return _("“%(title)s” may be suggested again.")
    raise ValidationError(_("There is no such button."))


def _row(entry: TopicArticle) -> Row:
    article = entry.article
    notes = [_("pinned")] if entry.is_pinned else []
    if article.trashed_at is not None:
        notes.append(_("in the trash"))
    elif article.status != "published":
        notes.append(article.get_status_display())
    label = Act(f"unpin:{article.pk}", _("Unpin")) if entry.is_pinned else Act(
        f"pin:{article.pk}", _("Pin")
    )  # fmt: skip
    acts = [label, Act(f"out:{article.pk}", _("Take out"))]
    address = reverse("admin:articles_article_change", args=[article.pk])
    return Row(article.pk, article.title, address, notes=notes, acts=acts)
