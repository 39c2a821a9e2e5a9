"""Categories, topics, pages and tags on the desk."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from taggit import admin as stock_tags
from taggit.models import Tag

from articles.admin.merging import MergeMixin
from articles.admin.ordering import CategoryOrderMixin, TopicOrderMixin
from articles.admin.topic_articles import TopicArticlesMixin
from articles.desk import DeskForm, ServiceAdmin, acting, in_tree, refusable, thumbnail
from articles.editor import with_editor
from articles.forms import CategoryForm, CoverForm, PageForm
from articles.models import (
    Article,
    ArticleTag,
    Category,
    Page,
    Picture,
    Topic,
    TopicArticle,
    User,
)
from articles.services.merging import lookalikes, merge_categories, merge_tags
from articles.services.pictures import add_picture, describe_picture
from articles.services.tags import delete_tag, save_tag
from articles.services.taxonomy import (
    arrange_topic,
    delete_category,
    delete_page,
    delete_topic,
    save_category,
    save_page,
    save_topic,
)

if TYPE_CHECKING:
    _TopicInline = admin.TabularInline[TopicArticle, Topic]
else:
    _TopicInline = admin.TabularInline


def chosen_picture(form: CoverForm[Any], by: User, present: Picture | None) -> Picture | None:
    """Return the picture that a form chose: a new one, none, or the present one described."""
    alt = form.cleaned_data["upload_alt"]
    if upload := form.cleaned_data["upload"]:
        try:
            return add_picture(by, upload, alt=alt, name=upload.name or "")
        except ValidationError as error:
            raise ValidationError({"upload": error.messages}) from error
    if form.cleaned_data["remove"]:
        return None
    if present is not None and "upload_alt" in form.changed_data:
        describe_picture(present, by, alt)
    return present


class TreeList(ChangeList):
    """All categories on one page, each below its parent."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        found = {row.pk for row in rows}
        tree = list(in_tree(rows))
        for row, depth in tree:
            row.depth = depth  # type: ignore[attr-defined]
        placed = {row.pk for row, _depth in tree}
        # What a search finds below a parent that it does not find stands at the end.
        self.result_list = [row for row, _depth in tree] + [
            row for row in rows if row.pk in found - placed
        ]


@admin.register(Category)
class CategoryAdmin(MergeMixin, CategoryOrderMixin, ServiceAdmin[Category]):
    form = CategoryForm
    merge_service = merge_categories
    merge_field = Article._meta.get_field("category")
    list_display = ("indented", "slug", "position", "articles_here")
    search_fields = ("name", "slug")
    ordering = ("position", "pk")
    sortable_by = ()
    list_per_page = 500
    fields = ("name", "slug", "parent", "description", "position")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TreeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        rows: QuerySet[Category] = super().get_queryset(request).annotate(held=Count("articles"))
        return rows

    @admin.display(description=_("name"))
    def indented(self, obj: Category) -> str:
        return "　　" * getattr(obj, "depth", 0) + obj.name

    @admin.display(description=_("articles"))
    def articles_here(self, obj: Category) -> int:
        return int(getattr(obj, "held", 0))

    def write(self, request: HttpRequest, obj: Category, form: Any, *, change: bool) -> None:
        save_category(obj, acting(request))

    def remove(self, request: HttpRequest, obj: Category) -> None:
        delete_category(obj, acting(request))


class TopicEntries(_TopicInline):
    """The articles of a topic. Whoever may write the topic may choose them."""

    model = TopicArticle
    fields = ("article", "position", "is_pinned")
    autocomplete_fields = ("article",)
    extra = 3
    verbose_name = _("article")
    verbose_name_plural = _("Articles, in the order of their positions; 0 stands last")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.view_topic")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_topic")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_topic")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_topic")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        chooser = formset.form.base_fields.get("article")
        if chooser is not None:  # It chooses; articles are written on their own pages.
            chooser.widget.can_add_related = False
            chooser.widget.can_change_related = False
        return formset

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicArticle]:
        rows = super().get_queryset(request).select_related("article")
        return rows.defer("article__body", "article__prose")


class TopicForm(CoverForm[Topic]):
    class Meta:
        model = Topic
        fields = ["title", "slug", "intro", "position"]
        widgets = {"intro": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}


@admin.register(Topic)
class TopicAdmin(TopicArticlesMixin, TopicOrderMixin, ServiceAdmin[Topic]):
    form = TopicForm
    list_display = ("title", "slug", "position", "articles_here")
    search_fields = ("title", "slug")
    inlines = (TopicEntries,)
    readonly_fields = ("cover_shown",)
    fieldsets = (
        (None, {"fields": ("title", "slug", "intro", "position")}),
        (_("Cover"), {"fields": ("cover_shown", "upload", "upload_alt", "remove")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        return super().get_queryset(request).annotate(held=Count("entries"))

    @admin.display(description=_("articles"))
    def articles_here(self, obj: Topic) -> int:
        return int(getattr(obj, "held", 0))

    @admin.display(description=_("cover"))
    def cover_shown(self, obj: Topic) -> SafeString | str:
        return thumbnail(obj.cover, large=True)

    def write(self, request: HttpRequest, obj: Topic, form: Any, *, change: bool) -> None:
        obj.cover = chosen_picture(form, acting(request), obj.cover)
        save_topic(obj, acting(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if not formset.has_changed():
            return
        kept = [
            entry.cleaned_data
            for entry in formset.forms
            if entry.cleaned_data.get("article") and not entry.cleaned_data.get("DELETE")
        ]
        # Sorting is stable: those without a position stay in the order in which they stand.
        kept.sort(key=lambda entry: entry.get("position") or float("inf"))
        articles = [entry["article"] for entry in kept]
        pinned = {entry["article"].pk for entry in kept if entry.get("is_pinned")}
        refusable(arrange_topic, form.instance, acting(request), articles, pinned)

    def remove(self, request: HttpRequest, obj: Topic) -> None:
        delete_topic(obj, acting(request))


@admin.register(Page)
class PageAdmin(ServiceAdmin[Page]):
    form = PageForm
    list_display = ("title", "slug", "is_published", "in_footer", "position", "updated_at")
    search_fields = ("title", "slug")
    fields = ("title", "slug", "body", "is_published", "in_footer", "position")

    @method_decorator(with_editor)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Page | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return [name for name in self.fields if name != "body"]
        return self.fields

    def write(self, request: HttpRequest, obj: Page, form: Any, *, change: bool) -> None:
        save_page(obj, acting(request))

    def remove(self, request: HttpRequest, obj: Page) -> None:
        delete_page(obj, acting(request))


# The stock class's inline is for taggit's generic items, which nothing here uses.
stock_tags.admin.site.unregister(Tag)


@admin.register(Tag)
class TagAdmin(MergeMixin, ServiceAdmin[Tag]):
    form = DeskForm[Tag]
    merge_service = merge_tags
    merge_field = ArticleTag._meta.get_field("tag")
    ordering = ("name", "pk")
    list_display = ("name", "slug", "articles_here")
    search_fields = ("name", "slug")
    fields = ("name", "slug")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(held=Count("article_items"))

    @admin.display(description=_("articles"))
    def articles_here(self, obj: Tag) -> int:
        return int(getattr(obj, "held", 0))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        pairs = lookalikes() if self.may_merge(request) else []
        return super().changelist_view(request, {"lookalikes": pairs, **(extra_context or {})})

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        if "slug" in form.base_fields:
            form.base_fields["slug"].required = False
        return form

    def write(self, request: HttpRequest, obj: Tag, form: Any, *, change: bool) -> None:
        save_tag(obj, acting(request))

    def remove(self, request: HttpRequest, obj: Tag) -> None:
        delete_tag(obj, acting(request))
