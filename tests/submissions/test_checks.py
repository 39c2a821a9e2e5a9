import pytest

from submissions.models import WatchedWord
from submissions.services.checks import checklist, contacts, hits
from tests.submissions.making import sent_by


@pytest.mark.parametrize(
    ("text", "kind", "quote"),
    [
        ("有事打13812345678找我", "phone", "13812345678"),
        ("电话：138 1234 5678。", "phone", "138 1234 5678"),
        ("电话１３８－１２３４－５６７８", "phone", "１３８－１２３４－５６７８"),
        ("座机010-62345678转1", "phone", "010-62345678"),
        ("热线400-123-4567", "phone", "400-123-4567"),
        ("加我微信zhishang_xz2025，", "wechat", "加我微信zhishang_xz2025"),
        ("薇信：abcdef", "wechat", "薇信：abcdef"),
        ("＋Vx: hello_123 领取", "wechat", "Vx: hello_123"),
        ("QQ：123456789", "qq", "QQ：123456789"),
        ("进企鹅群 8765 4321", "qq", "企鹅群 8765 4321"),
        ("写信到someone@example.com。", "email", "someone@example.com"),
        ("见https://shop.example.net/a?b=1。", "address", "https://shop.example.net/a?b=1"),
        ("上taobao123.com买", "address", "taobao123.com"),
        ("加微信领资料", "promotion", "加微信"),
        ("长按识别，扫描下方二维码", "promotion", "扫描下方二维码"),
        ("请私信领取", "promotion", "私信领取"),
    ],
)
def test_contacts_and_promotion_are_found_where_they_stand(text, kind, quote):
    found = contacts(text)
    assert [(hit.kind, hit.quote) for hit in found] == [(kind, quote)]
    assert text[found[0].start : found[0].end] == quote


@pytest.mark.parametrize(
    "text",
    [
        "二〇二五年1月12日到3月8日，共12345678901234步。",
        "最少1.6克，最多4.3克，一共138元。",
        "订单号 20250113812345678901",
        "微信读书和微信支付都可以关掉。",
        "身份证号110101199003078515只填一次。",
        "版本是3.11.7，配置写在site.conf里。",
        "我在http://testserver/p/1.html写过。",
        "关注这个问题的人不多，扫地机器人也一样。",
    ],
)
def test_ordinary_texts_are_left_alone(text):
    assert contacts(text) == []


def test_a_long_text_without_contacts_costs_little():
    assert contacts("一二三四五 " * 10_000) == []
    assert contacts("1 " * 20_000) == []
    assert contacts("加" * 20_000) == []
    assert contacts("a." * 20_000) == []
    assert contacts("a-" * 20_000 + "@") == []


@pytest.fixture
def words(db):
    WatchedWord.objects.create(word="包治百病", note="医疗广告")
    WatchedWord.objects.create(word="VPN")


def test_watched_words_are_found_through_disguises(words):
    body = "<p>这个偏方包 治、百病，台灣有人說包治百病。</p><p>ｖｐｎ和vpnx不一样。</p>"
    found = [(hit.kind, hit.quote, hit.note) for hit in hits("题目", body)]
    assert found == [
        ("word", "包 治、百病", "医疗广告"),
        ("word", "包治百病", "医疗广告"),
        ("word", "ｖｐｎ", ""),
    ]


def test_the_title_and_the_targets_of_links_count_too(words):
    body = '<p>请看<a href="https://spam.example.org/x">这里</a>。</p>'
    found = hits("包治百病的茶", body)
    assert [(hit.kind, hit.quote) for hit in found] == [
        ("word", "包治百病"),
        ("address", "https://spam.example.org/x"),
    ]
    assert "这里" in found[1].note


def test_what_stands_around_is_shown(db):
    hit = hits("", "<p>前面几个字，13812345678，后面几个字。</p>")[0]
    assert (hit.before, hit.after) == ("前面几个字，", "，后面几个字。")


def test_the_checklist_says_what_to_look_at(carol, technology):
    row = sent_by(carol, technology, ai_text="generated")
    lines = {check.label: check for check in checklist(row, row.title, row.body)}
    bad = [label for label, check in lines.items() if not check.is_good]
    assert "有封面" in bad
    assert any("AI" in label for label in bad)
    assert "归入了栏目" not in bad


def test_an_address_that_cannot_be_read_is_still_one():
    assert [hit.kind for hit in contacts("看 http://[::1/x 吧")] == ["address"]
