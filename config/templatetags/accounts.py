"""What the account pages need beyond allauth's own tags."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

from articles.qr import QrCode, qr_code

register = template.Library()


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """Render a field's control: no placeholder beside the label, a keypad for codes."""
    attrs = field.field.widget.attrs
    attrs.pop("placeholder", None)
    if attrs.get("autocomplete") == "one-time-code":
        attrs["inputmode"] = "numeric"
    return field.as_widget()


@register.simple_tag
def secret_qr(address: str) -> QrCode:
    """Return the QR code of an address that holds a secret: it is drawn anew and not kept."""
    drawn: QrCode = qr_code.__wrapped__(address)
    return drawn
