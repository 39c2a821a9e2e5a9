from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from moderation.forms.plan import KINDS
from moderation.views import report


class KindConverter(StringConverter):
    """A kind of notice that has a form of its own."""

    regex = "|".join(kind.value for kind in KINDS)


register_converter(KindConverter, "kind")
app_name = "moderation"

urlpatterns = [
    path("", report.report, name="report"),
    path("sent/", report.sent, name="sent"),
    path("<kind:kind>/", report.form, name="form"),
    # Whatever is no kind is taken for the token of a private link.
    path("<str:token>/", include("moderation.tracking_urls")),
]
