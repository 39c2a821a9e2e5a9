from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Category(models.Model):
    """A column of the site. Categories form a tree; an article stands in one of them."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(_("address"), max_length=200, unique=True, allow_unicode=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    description = models.CharField(_("introduction"), max_length=300, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="category_is_not_its_own_parent",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="category_has_a_name"),
            models.CheckConstraint(condition=~Q(slug=""), name="category_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/category/{self.slug}/"


class Topic(models.Model):
    """专题: articles that editors put together, in an order of their own."""

    title = models.CharField(_("title"), max_length=60)
    slug = models.SlugField(_("address"), max_length=80, unique=True, allow_unicode=True)
    intro = models.CharField(_("introduction"), max_length=500, blank=True)
    cover = models.ForeignKey(
        "articles.Picture",
        verbose_name=_("cover"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    articles = models.ManyToManyField(
        "articles.Article",
        verbose_name=_("articles"),
        through="articles.TopicArticle",
        related_name="topics",
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="topic_has_a_title"),
            models.CheckConstraint(condition=~Q(slug=""), name="topic_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/topic/{self.slug}/"


class TopicArticle(models.Model):
    """An article's place in a topic."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="entries")
    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        related_name="topic_entries",
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    is_pinned = models.BooleanField(
        _("pinned"), default=False, help_text=_("Stands before those that are not.")
    )

    class Meta:
        verbose_name = _("article in the topic")
        verbose_name_plural = _("articles in the topic")
        ordering = ["-is_pinned", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "article"], name="topic_has_article_once"),
        ]
        # A page of a topic is a stretch of this index.
        indexes = [
            models.Index(
                fields=["topic", "-is_pinned", "position", "id", "article"], name="topic_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.article_id}"


class TopicBan(models.Model):
    """That an article does not belong into a topic: it is not suggested for it again."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="bans")
    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("article kept out of the topic")
        verbose_name_plural = _("articles kept out of the topic")
        constraints = [
            models.UniqueConstraint(fields=["topic", "article"], name="topic_bans_article_once"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.article_id}"


class Page(models.Model):
    """A page of the site's own: 关于我们, 用户协议, 隐私政策."""

    title = models.CharField(_("title"), max_length=100)
    slug = models.SlugField(_("address"), max_length=200, unique=True, allow_unicode=True)
    body = models.TextField(_("text"), blank=True)
    prose = models.TextField(editable=False, blank=True)
    is_published = models.BooleanField(_("published"), default=False)
    in_footer = models.BooleanField(_("in the footer"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="page_has_a_title"),
            models.CheckConstraint(condition=~Q(slug=""), name="page_has_a_slug"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/page/{self.slug}/"
