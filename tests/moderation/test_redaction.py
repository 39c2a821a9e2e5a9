"""What the one side is shown of the other."""

import pytest

from articles.models import Article, User
from moderation.models import EvidenceKind, Kind, Letter, Party, Step
from moderation.services.redaction import MASK, claim_for_contributor, mask
from tests.moderation.making import CLAIM, RITA, decided, staged, under_review

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "secret",
    [
        "13812345678", "+86 138-1234-5678", "138 1234 5678", "0571-88888888", "02188886666",
        "someone@mail.example.cn", "330106199001011234", "33010619900101123X",
    ],
)  # fmt: skip
def test_ways_to_reach_people_are_masked(secret: str) -> None:
    assert mask(f"请打{secret}找我。", None) == f"请打{MASK}找我。"


@pytest.mark.parametrize(
    "address", ["浙江省杭州市西湖区文三路12号3幢402室", "中山路88号", "静安区某弄12弄3号"]
)
def test_a_street_with_its_number_is_masked(address: str) -> None:
    masked = mask(f"我住在{address}，请来取。", None)
    assert address[-4:] not in masked
    assert masked.endswith(f"{MASK}，请来取。")


@pytest.mark.parametrize(
    "harmless",
    ["2025年8月15日", "第1380页", "ISBN 9787020002207", "售价128.00元", "订单20251234567"],
)
def test_other_numbers_stay(harmless: str) -> None:
    assert mask(harmless, None) == harmless


def test_a_partys_own_address_is_masked() -> None:
    party = Party(phone="8888-6666", address="杭州市某路1号")
    assert mask("我住在杭州市某路1号，电话8888-6666。", party) == f"我住在{MASK}，电话{MASK}。"


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Kind.COPYRIGHT, "周一"), (Kind.PERSONALITY, ""), (Kind.PRIVACY, ""), (Kind.ILLEGAL, ""),
     (Kind.OTHER, "")],
)  # fmt: skip
def test_the_name_goes_with_a_copyright_alone(article: Article, kind: Kind, name: str) -> None:
    assert claim_for_contributor(under_review(article, kind)).name == name


def test_identity_is_never_passed_on(article: Article) -> None:
    files = [
        staged(EvidenceKind.RIGHT), staged(EvidenceKind.IDENTITY),
        staged(EvidenceKind.INFRINGEMENT, shareable=False),
    ]  # fmt: skip
    case = under_review(article, evidence=[file.pk for file in files])
    assert [file.pk for file in claim_for_contributor(case).evidence] == [files[0].pk]


@pytest.mark.parametrize("step", [Step.NOTIFY_FIRST, Step.MEASURE])
def test_the_forwarded_notice_lacks_contact_and_identity(
    article: Article, mona: User, step: Step
) -> None:
    claim = CLAIM | {
        "explanation": "电话13800001111，身份证330106199001011234，邮箱rita@example.org。"
    }
    case = under_review(article, Kind.PERSONALITY, claim=claim)
    decided(case, mona, step)
    text = Letter.objects.get(template=f"{step.value}_contributor").mail.message
    for secret in (RITA.phone, RITA.address, RITA.email, "330106199001011234", RITA.name):
        assert secret not in text
