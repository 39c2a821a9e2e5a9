"""What stands below an article, in its form on the desk: the list of now, and what the editors
always or never want there."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.desk import ServiceAdmin, acting, refusable
from articles.models import Article, Reason, RelatedArticle, RelatedChoice
from articles.services.related import choose_related

if TYPE_CHECKING:
    _Inline = admin.StackedInline[RelatedChoice, Article]
else:
    _Inline = admin.StackedInline


RELATED_FIELDSET = (gettext_lazy("Related articles"), {"fields": ("related_now",)})


class ArticleChooser(AutocompleteSelect):
    """Says what it is for while nothing is chosen; the script reads its name from there."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-placeholder": _("Words of the title, or the number")}


class RelatedChoices(_Inline):
    """Articles that always or never stand below this one."""

    model = RelatedChoice
    fk_name = "article"
    fields = (("other", "verdict"), ("by", "made_at"))
    readonly_fields = ("by", "made_at")
    # A row that nobody asked for would have a chooser without a name.
    extra = 0
    verbose_name = gettext_lazy("choice of a related article")
    verbose_name_plural = gettext_lazy(
        "Related articles: what always or never stands below this one"
    )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.view_article")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_article")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_article")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_article")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "other":
            kwargs["widget"] = ArticleChooser(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        chooser = formset.form.base_fields.get("other")
        if chooser is not None:  # It chooses; articles are written on their own pages.
            for what in ("add", "change", "delete", "view"):
                setattr(chooser.widget, f"can_{what}_related", False)
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[RelatedChoice]:
        rows = super().get_queryset(request).select_related("other", "by")
        return rows.defer("other__body", "other__prose", "other__toc")


class RelatedMixin(ServiceAdmin[Article]):
    """Gives the form of an article that was saved once what stands below it."""

    def get_inlines(self, request: HttpRequest, obj: Article | None) -> Any:
        return [] if obj is None else [RelatedChoices]

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "related_now")

    @admin.display(description=gettext_lazy("below the article now"))
    def related_now(self, obj: Article) -> SafeString | str:
        """What is stored, in its order. Neighbours are left out when the page is shown."""
        visible = Article.objects.visible().only("pk")
        rows = RelatedArticle.objects.filter(article=obj, other__in=visible).select_related("other")
        items = [
            (
                reverse("admin:articles_article_change", args=[row.other_id]),
                row.other.title,
                "、".join(str(Reason(reason).label) for reason in row.reasons.split()),
            )
            for row in rows.only("other__title", "reasons", "article_id").order_by("position")
        ]
        if not items:
            return _("Chosen when the article is published.")
        listed = format_html_join("", '<li><a href="{}">{}</a> <small>{}</small></li>', items)
        return format_html('<ol class="desk-related">{}</ol>', listed)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if formset.model is not RelatedChoice or not formset.has_changed():
            return
        kept = [
            entry.cleaned_data
            for entry in formset.forms
            if entry.cleaned_data.get("other") and not entry.cleaned_data.get("DELETE")
        ]
        verdicts = {entry["other"].pk: entry["verdict"] for entry in kept}
        refusable(choose_related, form.instance, acting(request), verdicts)
        request.wrote = True  # type: ignore[attr-defined]
