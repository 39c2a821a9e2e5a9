"""Accounts and bylines on the desk."""

from typing import TYPE_CHECKING, Any

from allauth.account import admin as account_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from articles.admin.merging import MergeMixin
from articles.admin.taxonomy import chosen_picture
from articles.desk import ServiceAdmin, acting, thumbnail
from articles.folding import fold
from articles.forms import CoverForm
from articles.models import Article, Contributor, User
from articles.services.accounts import settle_address
from articles.services.merging import merge_contributors
from articles.services.roles import LABELS
from articles.services.taxonomy import delete_contributor, save_contributor

# Roles are written down in services.roles; addresses and authenticators are their owners'.
# Their modules are imported first, so that the stock registrations do not come later.
for _stock, _model in (
    (auth_admin, Group),
    (account_admin, EmailAddress),
    (mfa_admin, Authenticator),
):
    _stock.admin.site.unregister(_model)

if TYPE_CHECKING:
    _GroupsField = forms.ModelMultipleChoiceField[Group]
    _UserAdmin = auth_admin.UserAdmin[User]
    _ChangeForm = UserChangeForm[User]
    _CreationForm = AdminUserCreationForm[User]
else:
    _GroupsField = forms.ModelMultipleChoiceField
    _UserAdmin = auth_admin.UserAdmin
    _ChangeForm = UserChangeForm
    _CreationForm = AdminUserCreationForm


class RolesField(_GroupsField):
    """Groups by the names of their roles in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return str(LABELS.get(obj.name, obj.name))


class AccountChangeForm(_ChangeForm):
    groups = RolesField(
        Group.objects.order_by("pk"),
        label=_("roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They decide what the account may do on the desk."),
    )

    class Meta:
        model = User
        fields = ["email", "name", "is_active", "is_staff", "is_superuser", "groups"]


class AccountCreationForm(_CreationForm):
    class Meta:
        model = User
        fields = ["email", "name"]


@admin.register(User)
class AccountAdmin(_UserAdmin):
    form = AccountChangeForm
    add_form = AccountCreationForm
    list_display = ("email", "name", "roles", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = ("last_login", "date_joined", "roles")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (_("May do"), {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2"),
            },
        ),
    )
    _read_only = ((None, {"fields": ("email", "name", "roles", "is_active", "last_login")}),)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            settle_address(obj, acting(request))

    @admin.display(description=_("roles"))
    def roles(self, obj: User) -> str:
        return "、".join(str(LABELS.get(g.name, g.name)) for g in obj.groups.all()) or "—"

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return self._read_only
        return super().get_fieldsets(request, obj)


class ContributorForm(CoverForm[Contributor]):
    picture_field = "avatar"

    class Meta:
        model = Contributor
        fields = ["name", "slug", "bio", "user"]
        widgets = {"bio": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}


@admin.register(Contributor)
class ContributorAdmin(MergeMixin, ServiceAdmin[Contributor]):
    form = ContributorForm
    merge_service = merge_contributors
    merge_field = Article._meta.get_field("contributor")
    list_display = ("name", "slug", "user", "created_at")
    list_select_related = ("user",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("user",)
    readonly_fields = ("portrait",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "bio", "user")}),
        (_("Portrait"), {"fields": ("portrait", "upload", "upload_alt", "remove")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Contributor | None = None) -> Any:
        """Without what only a form can show (upload, remove) for those who may just look."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("name", "slug", "bio", "user", "portrait")}),)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Find names in whichever script they are typed."""
        needle = fold(search_term).replace(" ", "")
        if not search_term.strip():
            return queryset, False
        return (queryset.filter(folded_name__contains=needle) if needle else queryset.none()), False

    @admin.display(description=_("portrait"))
    def portrait(self, obj: Contributor) -> SafeString | str:
        return thumbnail(obj.avatar, large=True)

    def write(self, request: HttpRequest, obj: Contributor, form: Any, *, change: bool) -> None:
        obj.avatar = chosen_picture(form, acting(request), obj.avatar)
        save_contributor(obj, acting(request))

    def remove(self, request: HttpRequest, obj: Contributor) -> None:
        delete_contributor(obj, acting(request))
