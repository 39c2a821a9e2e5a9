from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class SiteSettings(models.Model):
    """What staff change without a deploy, in the one row 1. A blank means the environment's value.

    `chrome` holds what every page shows of categories and pages, prepared when one of them
    changes, so that header and footer cost one query.
    """

    name = models.CharField(_("name of the site"), max_length=40, blank=True)
    tagline = models.CharField(_("tagline"), max_length=60, blank=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    announcement = models.CharField(
        _("announcement"), max_length=300, blank=True, help_text=_("Shown above every page.")
    )
    rights_notice = models.TextField(
        _("copyright notice"),
        blank=True,
        max_length=1000,
        help_text=_("Below every article. {email} becomes the address, with # for @."),
    )
    takedown_email = models.EmailField(_("address for reports"), blank=True)
    icp_number = models.CharField(_("ICP number"), max_length=60, blank=True)
    police_number = models.CharField(_("公安 number"), max_length=60, blank=True)
    report_phone = models.CharField(_("phone for reports"), max_length=40, blank=True)
    operator_name = models.CharField(
        _("operator"),
        max_length=100,
        blank=True,
        help_text=_("The person or company that runs the site, as the law wants it named."),
    )
    operator_address = models.CharField(_("address of the operator"), max_length=200, blank=True)
    items_per_page = models.PositiveSmallIntegerField(
        _("articles on a page"), null=True, blank=True
    )
    offers_markdown = models.BooleanField(
        _("articles as Markdown"),
        default=True,
        help_text=_("For programs that read: /p/1.md, /llms.txt and Accept: text/markdown."),
    )
    admits_ai_crawlers = models.BooleanField(
        _("AI crawlers may read"),
        default=True,
        help_text=_("Off, robots.txt asks those that are known to keep out. Search engines stay."),
    )
    chrome: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, editable=False
    )

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="site_settings_are_one_row"),
            models.CheckConstraint(
                condition=Q(items_per_page__isnull=True)
                | Q(items_per_page__gte=5, items_per_page__lte=100),
                name="items_per_page_is_sensible",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Site settings"))


class Redirect(models.Model):
    """An address of old and where it leads now.

    `old_path` is the path with its query string as it was asked for, percent-decoded. With an
    article the target follows the article; otherwise `target` is a path on this site.
    """

    old_path = models.CharField(_("old address"), max_length=500, unique=True)
    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="redirects",
    )
    target = models.CharField(_("new address"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # Counted in batches (articles.missing); the day tells which ones nobody needs any more.
    hits = models.PositiveIntegerField(_("used"), default=0, editable=False)
    last_on = models.DateField(_("last used"), null=True, editable=False)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")
        ordering = ["old_path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(old_path__startswith="/"), name="redirect_starts_at_a_path"
            ),
            models.CheckConstraint(
                condition=Q(article__isnull=False, target="")
                | (Q(article__isnull=True, target__startswith="/") & ~Q(target__startswith="//")),
                name="redirect_leads_somewhere_here",
            ),
        ]

    def __str__(self) -> str:
        return self.old_path

    @property
    def leads_to(self) -> str:
        return f"/p/{self.article_id}.html" if self.article_id else self.target

    def clean(self) -> None:
        """Say in words what the constraints would refuse, and refuse what leads to itself."""
        super().clean()
        begin = _("Begin with a /: the address on this site, without its host.")
        errors: dict[str, StrOrPromise] = {}
        if not self.old_path.startswith("/"):
            errors["old_path"] = begin
        if self.article_id is not None and self.target:
            errors["target"] = _("Leave this blank where an article is chosen.")
        elif self.article_id is None and not self.target:
            errors["target"] = _("Choose an article or give an address.")
        elif self.target and (not self.target.startswith("/") or self.target.startswith("//")):
            errors["target"] = begin
        elif self.target and self.target == self.old_path:
            errors["target"] = _("This leads back to itself.")
        if errors:
            raise ValidationError(errors)
