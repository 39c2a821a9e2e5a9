"""The byline of an account: made at the first submission, and never somebody else's."""

import re
import unicodedata

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.models import Contributor, Picture, User
from articles.services.contributors import drop_picture
from articles.services.site import get_site
from articles.services.taxonomy import save_contributor
from submissions.lookalikes import mixes_alphabets, skeleton, visible
from submissions.services.drafting import add_own_picture

# Words by which readers would take a contributor for the site's own staff: wherever a name begins
# or ends with one of them …
_OFFICES = (
    "编辑", "小编", "主编", "总编", "责编", "编委",
    "管理员", "站长", "版主", "官方", "客服", "审核",
    "审核员", "工作人员", "已注销用户", "admin", "administrator", "moderator", "official",
    "closedaccount",
)  # fmt: skip
# … and where one of these is the whole of it, or stands apart in it.
_WORDS = (
    "系统", "运营", "管理", "网管", "本站", "平台", "匿名", "editor", "staff", "support", "system",
    "root", "mod", "webmaster", "service", "null", "anonymous",
)  # fmt: skip
NAME_AT_MOST = 20
_MARKS_AT_MOST = 3
_ADDRESS = re.compile(r"[@/\\<>|]|https?:|www\.|\.(?:com|cn|net|org)\b", re.IGNORECASE)


def check_name(name: str, by: User | None = None) -> str:
    """Return the name tidied, or raise ValidationError that says what is wrong with it: too long,
    imitating staff or the site, or another contributor's. Two queries; the second walks the names
    of about this length."""
    tidy = _tidy(name)
    looks = skeleton(tidy)
    if _is_office(tidy, looks) or _names_the_site(looks):
        raise ValidationError(_("This name would be taken for the site's staff. Choose another."))
    others = Contributor.objects.exclude(user=by) if by is not None else Contributor.objects.all()
    if any(skeleton(other) == looks for other in _candidates(others, looks)):
        raise ValidationError(_("Another contributor has this name, or one that looks the same."))
    return tidy


def _tidy(name: str) -> str:
    """Return a name as it is shown. Raises ValidationError for what is none, or is disguised."""
    tidy = visible(name)
    if not fold(tidy):
        raise ValidationError(_("Choose a name with letters, under which your articles appear."))
    if len(tidy) > NAME_AT_MOST:
        raise ValidationError(_("At most %(n)d characters.") % {"n": NAME_AT_MOST})
    if _ADDRESS.search(unicodedata.normalize("NFKC", tidy)):
        raise ValidationError(_("No addresses and none of the characters @ / \\ < > | in a name."))
    if mixes_alphabets(tidy):
        raise ValidationError(_("Write the name in the letters of one alphabet."))
    if re.search(rf"[\u0300-\u036f\u20d0-\u20ff]{{{_MARKS_AT_MOST}}}", tidy):
        raise ValidationError(_("There are too many marks above and below the letters."))
    return tidy


def _is_office(tidy: str, looks: str) -> bool:
    """Say whether a name is an office, with something around it: 编辑-小王, 小王编辑, admin2."""
    offices = {skeleton(word) for word in _OFFICES}
    bare = looks.strip("0123456789oi") or looks
    if any(
        name.startswith(word) or name.endswith(word) for word in offices for name in (looks, bare)
    ):
        return True
    words = offices | {skeleton(word) for word in _WORDS}
    parts = {skeleton(part) for part in re.split(r"[\W_\d]+", tidy)}
    return looks in words or bare in words or bool(parts & words)


def _names_the_site(looks: str) -> bool:
    site_name = skeleton(get_site().name)
    return len(site_name) > 1 and site_name in looks


def _candidates(others: QuerySet[Contributor], looks: str) -> QuerySet[Contributor, str]:
    """Return the names that can look like this one: of about its length when folded."""
    shortest, longest = len(looks) - 2, len(looks) + 3
    near = others.annotate(length=Length("folded_name")).filter(
        length__gte=shortest, length__lte=longest
    )
    return near.values_list("name", flat=True).order_by()


def ensure_byline(by: User, name: str) -> Contributor:
    """Return the account's byline, made with this name where it has none yet. Raises
    ValidationError."""
    present: Contributor | None = Contributor.objects.filter(user=by).first()
    if present is not None:
        return present
    return save_contributor(Contributor(name=check_name(name, by), user=by), None)


def describe_byline(
    by: User, *, bio: str, upload: File[bytes] | None = None, removes: bool = False
) -> Contributor:
    """Say something about oneself beside one's name, with a portrait: `upload` takes the place of
    the present one, `removes` takes it away. The name itself only staff change.

    Raises PermissionDenied where the account has no byline; ValidationError for what is no picture
    or over the quota. A portrait that nothing shows any more is deleted with its files.
    """
    if not Contributor.objects.filter(user=by).exists():
        raise PermissionDenied("submissions: no byline")
    # Decoded before the transaction begins, so that no other writer waits for it.
    portrait = add_own_picture(by, upload) if upload is not None else None
    with transaction.atomic():
        contributor = Contributor.objects.select_for_update().get(user=by)
        before: Picture | None = contributor.avatar
        contributor.bio = bio
        if portrait is not None or removes:
            contributor.avatar = portrait
        saved = save_contributor(contributor, None)
        if before is not None and before != saved.avatar and before.uploaded_by_id == by.pk:
            drop_picture(before)
    return saved
