from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class TougaoAdminSite(admin.AdminSite):
    """The editors' desk. Each app registers its own models with it."""

    site_header = _("Editors' desk")
    site_title = _("Editors' desk")
    index_title = _("What is to be done")
