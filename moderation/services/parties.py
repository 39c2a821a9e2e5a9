"""Who is party to a case, and the private link by which a claimant comes back."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from articles.models import Article, User
from moderation.models import Case, CaseItem, Party, Role


@dataclass(frozen=True)
class Actor:
    """Who acts, and as what. `name` is the opaque word that events keep."""

    role: Role
    name: str
    user: User | None = None
    party: Party | None = None


SYSTEM = Actor(Role.SYSTEM, "system")


def reviewer(user: User) -> Actor:
    return Actor(Role.REVIEWER, f"u{user.pk}", user=user)


def claimant(party: Party) -> Actor:
    return Actor(Role.CLAIMANT, party.actor, party=party)


def contributor(party: Party, user: User) -> Actor:
    return Actor(Role.CONTRIBUTOR, party.actor, user=user, party=party)


def contributor_party(case: Case, article: Article) -> Party:
    """Return the party whose article it is, made where the case has none yet. A byline without an
    account has no address: it cannot be reached. Nor is the account's address copied: it goes
    when the account is closed. Three queries."""
    byline = article.contributor
    party = case.parties.filter(role=Role.CONTRIBUTOR, contributor=byline).first()
    if party is None:
        user = byline.user if byline is not None else None
        party = Party.objects.create(
            case=case,
            role=Role.CONTRIBUTOR,
            contributor=byline,
            account=user,
            name=byline.name if byline is not None else "",
            created_at=timezone.now(),
        )
    return party


def claimants_of(item: CaseItem) -> list[Party]:
    """Return who complains of an item: its case's claimant and those who joined. Two queries."""
    joined = CaseItem.objects.filter(joined_to=item).values("case")
    cases = Case.objects.filter(pk__in=[item.case_id]) | Case.objects.filter(pk__in=joined)
    parties = Party.objects.filter(pk__in=cases.values("claimant"))
    return list(parties.order_by("pk"))


def require_claimant(case: Case, party: Party) -> None:
    """Raise PermissionDenied unless `party` is the claimant of the case, and not erased."""
    if party.pk != case.claimant_id or party.role != Role.CLAIMANT or party.erased_at is not None:
        raise PermissionDenied("moderation: not the claimant")


# --- The private link -----------------------------------------------------------------------
def _token(party: Party, secret: str) -> str:
    """The link's 256 bits come from the site's secret and the party's nonce, so that later mails
    can name the link again although the database holds only its hash."""
    message = f"moderation.link:{party.pk}:{party.token_nonce}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def give_link(party: Party) -> str:
    """Give a party a private link, in place of any earlier one; return its token."""
    party.token_nonce = secrets.token_hex(16)
    token = _token(party, settings.SECRET_KEY)
    party.token_hash = hash_token(token)
    party.save(update_fields=["token_nonce", "token_hash"])
    return token


def link_of(party: Party) -> str:
    """Return the address of a party's private page; empty where it has none, or it was revoked."""
    if not party.token_hash:
        return ""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        token = _token(party, secret)
        if hmac.compare_digest(hash_token(token), party.token_hash):
            return f"{settings.SITE_URL}/report/{token}/"
    return ""


def party_of_token(token: str) -> Party | None:
    """Return whose private link a token is; None for an unknown or revoked one. One query, the
    same for both."""
    return (
        Party.objects.filter(token_hash=hash_token(token), role=Role.CLAIMANT)
        .select_related("case")
        .first()
    )
