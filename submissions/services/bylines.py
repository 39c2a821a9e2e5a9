"""The byline of an account: made at the first submission, and never somebody else's."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.models import Contributor, User
from articles.services.site import get_site
from articles.services.taxonomy import save_contributor

# Words by which readers would take a contributor for the site's own staff.
RESERVED = (
    "编辑", "编辑部", "主编", "管理员", "站长", "官方", "客服", "审核", "审核员", "系统",
    "已注销用户", "admin", "administrator", "editor", "moderator", "official", "staff", "support",
    "system", "root",
)  # fmt: skip
NAME_AT_MOST = 20
# Letters of other scripts that look like Latin ones (Unicode TR39, the common cases).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТУХ0１|",
    "aeopcyxijshdqwabezhikmnoptyxabekmhopctyxo1l",
)


def skeleton(name: str) -> str:
    """Return what a name looks like: folded, look-alike letters made one. For comparison only."""
    plain = unicodedata.normalize("NFKC", name).translate(_LOOKALIKES)
    return fold(plain).replace(" ", "").translate(str.maketrans("0l", "oi")).replace("1", "i")


def check_name(name: str, by: User | None = None) -> str:
    """Return the name tidied, or raise ValidationError that says what is wrong with it: too long,
    imitating staff or the site, or another contributor's. One query over names."""
    tidy = " ".join(name.split())
    if not tidy or not fold(tidy):
        raise ValidationError(_("Choose a name under which your articles appear."))
    if len(tidy) > NAME_AT_MOST:
        raise ValidationError(_("At most %(n)d characters.") % {"n": NAME_AT_MOST})
    if re.search(r"[@/\\<>]|https?:|www\.", tidy):
        raise ValidationError(_("No addresses and none of the characters @ / \\ < > in a name."))
    looks = skeleton(tidy)
    site_name = skeleton(get_site().name)
    reserved = {skeleton(word) for word in RESERVED}
    if looks in reserved or (site_name and site_name in looks) or _claims_office(looks, reserved):
        raise ValidationError(_("This name would be taken for the site's staff. Choose another."))
    others = Contributor.objects.exclude(user=by) if by is not None else Contributor.objects.all()
    if any(skeleton(other) == looks for other in _candidates(others, looks)):
        raise ValidationError(_("Another contributor has this name, or one that looks the same."))
    return tidy


def _claims_office(looks: str, reserved: set[str]) -> bool:
    """Say whether a name is an office with something around it, such as 小编辑部 or admin2."""
    stripped = re.sub(r"\d+$", "", looks)
    return stripped in reserved or any(
        len(word) > 2 and (looks.startswith(word) or looks.endswith(word)) for word in reserved
    )


def _candidates(others: "object", looks: str) -> list[str]:
    """Return the names that can look like this one: of the same length when folded."""
    from_database = others.filter(folded_name__length=len(looks))  # type: ignore[attr-defined]
    return list(from_database.values_list("name", flat=True))


def ensure_byline(by: User, name: str) -> Contributor:
    """Return the account's byline, made with this name where it has none yet. Raises
    ValidationError."""
    present: Contributor | None = Contributor.objects.filter(user=by).first()
    if present is not None:
        return present
    return save_contributor(Contributor(name=check_name(name, by), user=by), None)
