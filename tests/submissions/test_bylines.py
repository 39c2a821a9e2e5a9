import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from articles.models import Contributor, Picture, SiteSettings
from articles.services.site import save_settings
from articles.services.taxonomy import save_contributor
from submissions.lookalikes import skeleton, visible
from submissions.services.bylines import check_name, describe_byline, ensure_byline
from tests.browser.helpers import picture_bytes

STAFF = [
    "编辑", "编辑部", "編輯部", "编 辑", "编\u200b辑", "编\u2060辑", "编·辑", "编-辑", "编😀辑",
    "编缉", "编️辑",
    "编辑-小王", "小王编辑", "小王（编辑）", "编辑小王", "主编老李", "小编阿文", "责编", "总编室",
    "管理员", "管理贠",
    "官方", "宫方", "官方客服", "站長", "本站", "系统", "系统-通知", "客服01", "审核员七号", "審核",
    "已注销用户", "Closed account", "admin", "Admin", "ADMIN", "Ａｄｍｉｎ", "аdmin", "аdмin",
    "adm1n",
    "admin2", "admin_wang", "the admin", "àdmïn", "a\u0301dmin", "adrnin", "ⒶⒹⓂⒾⓃ", "🅰🅳🅼🅸🅽",
    "🇦🇩🇲🇮🇳",
    "𝐚𝐝𝐦𝐢𝐧", "𝓪𝓭𝓶𝓲𝓷", "ᴀᴅᴍɪɴ", "ꓮꓓꓟꓲꓠ", "\u202eadmin", "\u2066admin\u2069", "ad\u00admin",
    "admin\ufe0f",
    "editor", "Editor in blue", "root", "r00t", "staff", "moderator", "0fficial", "officiaI",
    "support-7",
    "拾页", "拾頁", "拾页读者", "拾 页", "《拾页》",
]  # fmt: skip


@pytest.mark.parametrize("name", STAFF)
def test_nobody_takes_the_name_of_staff_or_site(db, name):
    with pytest.raises(ValidationError):
        check_name(name)


FINE = [
    "纸上行舟", "老周修电脑", "图书编辑部外的猫", "路人甲", "林", "Anna", "Ölander", "Σωκράτης",
    "Анна Каренина",
    "ひらがな", "한글이름", "阿依古丽·买买提", "ئابدۇللا", "བཀྲ་ཤིས", "小明2024", "Staffan",
    "rooted tree", "supportive",
    "systematic", "老王的编织课", "O'Brien", "会飞的鱼🐟", "C++爱好者", "3号线乘客", "模型师傅",
    "末班车", "Modest",
]  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_honest_names_are_fine(db, name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "\u3000", "\u200b", "\u3164\u3164", "\u2800", "😀", "😀🎉👍", "👩‍💻", "……", "——",
     "***", "\u202e",
     "\x00", "\u0301\u0302", "🇨🇳"],
)  # fmt: skip
def test_a_name_needs_letters(db, name):
    with pytest.raises(ValidationError, match="署名"):
        check_name(name)


CAROL_AGAIN = [
    "纸上行舟", "紙上行舟", "纸上 行舟", "纸\u200b上行舟", "纸上行舟!", "「纸上行舟」",
    "纸上行舟🚣", "纸上行舟\u202c",
    "纸\ufeff上行舟", "纸上行舟\u3164",
]  # fmt: skip


@pytest.mark.parametrize("name", CAROL_AGAIN)
def test_nobody_takes_another_contributors_name(carol, sam, name):
    with pytest.raises(ValidationError, match="看起来一样"):
        check_name(name, sam)


@pytest.mark.parametrize(
    ("first", "second"),
    [("Anna", "Аnna".replace("А", "A")), ("anna", "ANNA"), ("Anna", "Αnna"),
     ("Boris", "Ｂоｒｉｓ"), ("modern", "modem"),
     ("Lily", "LiIy"), ("bob0", "bobo"), ("日子人家", "曰子入家"), ("己任", "已任"),
     ("口力工", "ロカエ"),
     ("Ünal", "Unal"), ("wave", "vvave"), ("Анна", "Aннa"), ("село", "ceлo"), ("coca", "сoсa"),
     ("cac", "сас")],
)  # fmt: skip
def test_names_that_look_the_same_are_the_same(db, first, second):
    save_contributor(Contributor(name=first), None)
    with pytest.raises(ValidationError):
        check_name(second)


def test_names_that_only_resemble_each_other_are_two(carol, sam):
    assert check_name("纸上行车", sam) == "纸上行车"
    assert check_name("行舟", sam) == "行舟"


def test_ones_own_name_is_no_other(carol):
    assert check_name("纸上行舟", carol.user) == "纸上行舟"


@pytest.mark.parametrize(
    "name",
    ["a@b", "wang@example.com", "http://x", "HTTPS:x", "www.x", "加微信/12", "<script>", "a\\b",
     "ｗｗｗ．ｘ", "卖货.com",
     "编|写"],
)  # fmt: skip
def test_addresses_and_markup_are_no_names(db, name):
    with pytest.raises(ValidationError, match="网址"):
        check_name(name)


def test_mixed_alphabets_and_towers_of_marks_are_refused(db):
    with pytest.raises(ValidationError, match="一种字母"):
        check_name("Pаul的笔记")
    with pytest.raises(ValidationError, match="符号"):
        check_name("x" + "\u0321\u0322\u0327\u0323")


def test_length_is_that_of_what_is_seen(db):
    assert check_name("一" * 20) == "一" * 20
    assert check_name("二" * 20 + "\u200b" * 50) == "二" * 20
    with pytest.raises(ValidationError, match="20"):
        check_name("一" * 21)


def test_what_is_stored_is_what_is_seen(sam):
    row = ensure_byline(sam, "  小\u200b明\u202e\u3000\u00a0同学\ufe0f ")
    assert row.name == "小明 同学"
    assert ensure_byline(sam, "另一个").pk == row.pk


def test_a_short_site_name_does_not_forbid_half_the_language(db):
    save_settings(SiteSettings(name="网"), None)
    assert check_name("织网的人") == "织网的人"


def test_skeletons_see_no_width_case_script_or_mark():
    assert skeleton("ＡＢＣ 編輯") == skeleton("abc编辑")
    assert visible("a\u200d\u3164 b") == "a b"


def test_a_byline_is_described_with_a_portrait(carol):
    upload = SimpleUploadedFile("我.png", picture_bytes(), "image/png")
    row = describe_byline(carol.user, bio="修网线的人。", upload=upload)
    assert row.bio == "修网线的人。"
    assert row.avatar.uploaded_by == carol.user
    assert row.name == "纸上行舟"


def test_a_replaced_portrait_is_deleted(carol):
    first = SimpleUploadedFile("1.png", picture_bytes(), "image/png")
    describe_byline(carol.user, bio="", upload=first)
    second = SimpleUploadedFile("2.png", picture_bytes(colour="#1b4d80"), "image/png")
    row = describe_byline(carol.user, bio="", upload=second)
    assert [p.pk for p in Picture.objects.all()] == [row.avatar_id]
    assert describe_byline(carol.user, bio="", removes=True).avatar is None
    assert not Picture.objects.exists()


def test_who_has_no_byline_describes_none(sam):
    with pytest.raises(PermissionDenied):
        describe_byline(sam, bio="x")
