"""What the desk remembers beside the articles themselves."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NamedRevision(models.Model):
    """What a revision of an article has beyond its fields: a name, where an editor gave it one,
    and the number of the revision that it restored."""

    label = models.CharField(_("name of the revision"), max_length=60, blank=True, default="")
    restored_from = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        abstract = True


class Autosave(models.Model):
    """What somebody has typed into an article's form and not saved: one row for each opened form.

    No revision and no part of the article: nobody but its writer sees it, saving the form deletes
    it, and the periodic command deletes what is older than a month.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="autosaves"
    )
    # None for an article that was never saved, or is deleted: what was typed outlives it.
    article = models.ForeignKey(
        "articles.Article", on_delete=models.SET_NULL, null=True, related_name="autosaves"
    )
    # Made by the page; two tabs are two forms.
    form_key = models.CharField(max_length=36)
    # The version of the article that the form was opened with; 0 for a new one.
    version = models.PositiveIntegerField(default=0)
    # Field → what was typed, as the browser would send it.
    fields: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("unsaved text")
        verbose_name_plural = _("unsaved texts")
        constraints = [
            models.UniqueConstraint(fields=["user", "form_key"], name="autosave_of_a_form_once")
        ]
        indexes = [models.Index(fields=["user", "article", "-updated_at"], name="autosave_by_user")]

    def __str__(self) -> str:
        return self.fields.get("title", "") or str(self.pk)


class Presence(models.Model):
    """That somebody has an article's form open: one row for each form, kept alive by the page."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="presences"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form_key = models.CharField(max_length=36)
    # Whether something is typed there that is not saved.
    is_dirty = models.BooleanField(default=False)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("open form")
        verbose_name_plural = _("open forms")
        constraints = [
            models.UniqueConstraint(
                fields=["article", "user", "form_key"], name="presence_of_a_form_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.user_id}"


class Overruling(models.Model):
    """That an article was published or scheduled although the checklist warned: who decided it,
    why, and what the warnings said then. Kept with the article, never changed."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="overrulings"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # The name at that time; the account may go.
    name = models.CharField(_("name"), max_length=254)
    reason = models.CharField(_("reason"), max_length=300)
    # [{"code": …, "message": …}, …]
    warnings: models.JSONField[list[dict[str, str]], list[dict[str, str]]] = models.JSONField()
    created_at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("overruled warning")
        verbose_name_plural = _("overruled warnings")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="overruling_has_a_reason")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.reason}"


class SavedView(models.Model):
    """A list of the desk with its filters, search and order, under a name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views"
    )
    # Of which model, as app_label.model_name.
    model = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    is_shared = models.BooleanField(
        _("for everybody"), default=False, help_text=_("All who may see the list see it too.")
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "model", "name"], name="saved_view_named_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class PreviewLink(models.Model):
    """A link under which somebody without an account may look at an article that is not public.

    The address carries the signed number of this row; it ends at `expires_at` or when it is
    revoked.
    """

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="preview_links"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    opened = models.PositiveIntegerField(_("opened"), default=0)

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.expires_at:%Y-%m-%d %H:%M}"
