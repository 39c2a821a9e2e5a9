"""What the desk needs besides the admin's own pages: uploads for the editor."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.services.pictures import add_picture


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Take a picture from the editor (button, paste, drag) and say where it is.

    Answers as CKEditor asks for it: `uploaded` 1 with the address, or 0 with a message that it
    shows; 403 for those who may not. The CSRF middleware has checked the token.
    """
    if not request.user.is_staff or not request.user.has_perm("articles.add_picture"):
        return _not_uploaded(_("You may not upload pictures."), status=403)
    file = request.FILES.get("upload")
    if file is None:
        return _not_uploaded(_("No file arrived."))
    try:
        picture = add_picture(request.user, file, name=file.name or "")
    except ValidationError as error:
        return _not_uploaded(" ".join(error.messages))
    return JsonResponse(
        {
            "uploaded": 1,
            "fileName": picture.name,
            "url": picture.url,
            "id": picture.pk,
            "alt": picture.alt,
        }
    )


def _not_uploaded(message: str, status: int = 200) -> JsonResponse:
    return JsonResponse({"uploaded": 0, "error": {"message": message}}, status=status)
