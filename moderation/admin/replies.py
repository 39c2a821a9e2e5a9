"""Ready replies on the desk."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from articles.desk import DeskForm, ServiceAdmin, acting, settle_row
from moderation.models import CannedReply
from moderation.services.deciding import DECISIONS
from moderation.services.replies import delete_reply, save_reply


class ReplyForm(DeskForm[CannedReply]):
    step = forms.ChoiceField(
        label=_("for"),
        required=False,
        choices=[("", _("Every step")), *((step.value, step.label) for step in DECISIONS)],
    )

    class Meta:
        model = CannedReply
        fields = ["step", "title", "text", "position"]
        help_texts = {
            "title": _("By this moderators choose it."),
            "text": _("Both sides read this, with what the moderator changes in it."),
            "position": _("Smaller numbers stand first."),
        }


@admin.register(CannedReply)
class CannedReplyAdmin(ServiceAdmin[CannedReply]):
    form = ReplyForm
    list_display = ("title", "step_label", "position")

    @admin.display(description=_("for"), ordering="step")
    def step_label(self, obj: CannedReply) -> str:
        return str(dict(ReplyForm.base_fields["step"].choices).get(obj.step, obj.step))  # type: ignore[attr-defined]

    def write(self, request: HttpRequest, obj: CannedReply, form: Any, *, change: bool) -> None:
        settle_row(obj, save_reply(obj, acting(request)))

    def remove(self, request: HttpRequest, obj: CannedReply) -> None:
        delete_reply(obj, acting(request))
