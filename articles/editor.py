"""The rich-text editor. Nothing else knows which one it is: another would be put in here.

CKEditor 4 needs inline scripts and styles, so pages that show it, and only they, are served
with `with_editor`. What it produces is cleaned when it is written (articles.html).
"""

import re
from typing import Any, Final

from ckeditor.widgets import CKEditorWidget
from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django import forms
from django.forms.widgets import Media
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

# No nonce here: it would cancel 'unsafe-inline'. A pasted picture is shown from memory (data:,
# blob:) until its upload is done.
with_editor = csp_update(
    {
        "script-src": [UNSAFE_INLINE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:", "blob:"],
    }
)

_TOOLBAR: Final = [
    {"name": "blocks", "items": ["Heading2", "Heading3"]},
    {"name": "inline", "items": ["Bold", "Emphasis", "InlineCode", "Link", "Unlink"]},
    {
        "name": "paragraph",
        "items": ["BulletedList", "NumberedList", "Blockquote", "CodeBlock"],
    },
    {"name": "insert", "items": ["Image", "Table"]},
    {"name": "tools", "items": ["RemoveFormat", "Find", "Undo", "Redo", "Maximize"]},
]
_EXTRA_PLUGINS: Final = ["image2", "uploadimage", "tougao"]
_REMOVED_PLUGINS: Final = (
    "image,elementspath,exportpdf,scayt,wsc,flash,iframe,forms,smiley,about,newpage,save,print,"
    "preview,templates,div,bidi,language,pagebreak,stylescombo,format,font,colorbutton,"
    "copyformatting,justify,indentblock,showborders,a11yhelp,magicline"
)
# What the cleaner keeps besides what the buttons make, so that an imported text survives editing.
_KEPT: Final = (
    "h4 hr br sub sup del caption thead tbody tfoot; ol[start]; td th[colspan,rowspan,scope]; "
    "a[!href,title]; figure(image) figcaption"
)
_DISALLOWED: Final = (
    "*{*}; img[width,height]; table[border,cellpadding,cellspacing,align,summary]; a[target]"
)
_CAPTIONED = re.compile(r"<figure>(?=\s*(?:<a\b[^>]*>)?\s*<img\b)")


class EditorWidget(CKEditorWidget):  # type: ignore[misc]
    """A text area that becomes CKEditor with a toolbar made for articles; without script it stays
    a text area with HTML. `upload` names the address that takes its pictures, `library` that of
    the page from which one that is there is chosen."""

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        upload: str = "admin:articles_picture_upload",
        library: str = "admin:articles_picture_choose",
    ) -> None:
        super().__init__(attrs=attrs)
        self.config: dict[str, Any] = {}
        self.upload, self.library = upload, library

    @property
    def media(self) -> Media:
        stock: Media = super().media
        return stock + Media(css={"all": ["articles/editor/desk.css"]})

    def format_value(self, value: Any) -> Any:
        return for_editor(value) if value else value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        self.external_plugin_resources = [
            ("tougao", static("articles/editor/"), "plugin.js"),
        ]
        self.config = _config(reverse(self.upload))
        if self.library:
            self.config["filebrowserImageBrowseUrl"] = reverse(self.library)
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return context


class EditorField(forms.CharField):
    """Text as the editor sends it, without captions that nobody wrote."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **{"widget": EditorWidget, **kwargs})

    def to_python(self, value: Any) -> str:
        return without_unwritten(str(super().to_python(value) or ""))


def without_unwritten(text: str) -> str:
    """Return what the editor sent without the captions that nobody wrote."""
    caption = re.escape(_caption())
    unwritten = rf"\s*<figcaption[^>]*>\s*{caption}\s*(?:<br ?/?>)?</figcaption>\s*"
    return re.sub(unwritten, "", text)


def for_editor(html: str) -> str:
    """Return stored HTML as the editor wants it: it knows a picture with a caption by a class,
    and the cleaner keeps none."""
    return _CAPTIONED.sub('<figure class="image">', html)


def _caption() -> str:
    return _("Write the caption here")


def _config(upload: str) -> dict[str, Any]:
    """Return the editor's configuration for this request's language; the widget adds `language`
    and `versionCheck: false`."""
    return {
        "extraPlugins": ",".join(_EXTRA_PLUGINS),
        "removePlugins": _REMOVED_PLUGINS,
        "toolbar": _TOOLBAR,
        "title": _("Text, with formatting"),
        "width": "100%",
        "height": "60vh",
        "contentsCss": [static("articles/editor/contents.css")],
        "bodyClass": "prose",
        "extraAllowedContent": _KEPT,
        "disallowedContent": _DISALLOWED,
        "entities": False,
        "basicEntities": True,
        "disableNativeSpellChecker": False,
        "removeDialogTabs": "link:advanced;link:target;table:advanced;image2:advanced",
        "dialog_backgroundCoverOpacity": 0.4,
        "coreStyles_bold": {"element": "strong", "overrides": "b"},
        "imageUploadUrl": upload,
        "filebrowserImageUploadUrl": upload,
        "filebrowserUploadMethod": "xhr",
        "clipboard_handleImages": False,
        "image2_altRequired": True,
        "image2_disableResizer": True,
        "tougao": {
            "heading2": _("Section heading"),
            "heading3": _("Subheading"),
            "emphasis": _("Emphasis dots"),
            "code": _("Code in the line"),
            "codeBlock": _("Code block"),
            "caption": _caption(),
            "uploading": _("Pictures are still being uploaded. Wait a moment, then save."),
        },
    }
