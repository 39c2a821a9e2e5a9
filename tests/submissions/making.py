"""What the tests of reviewing share: texts that are sent in, as their authors would."""

from articles.models import Category, Contributor, User
from submissions.models import Submission
from submissions.services.drafting import begin, save_draft
from submissions.services.submitting import submit

TEXT = (
    "<p>搬进老房子的第二个月，我才发现厨房的插座全在灶台后面。房东说当年装修的师傅图省事，"
    "线从一个盒子里串过去，想加一个都难。</p><h2>一、先画一张图</h2>"
    "<p>我花了一个周末，拿着验电笔把每个插座属于哪一路空气开关记下来，画在一张旧挂历的背面。"
    "画完才知道，冰箱和热水器居然共用一路。</p>"
    "<p>第二天我把热水器换到阳台那一路，跳闸再也没有发生过。图就贴在配电箱门里侧。</p>"
)


def changes(category: Category, **fields: object) -> dict[str, object]:
    return {
        "title": "老房子的插座怎么理",
        "body": TEXT,
        "category": category,
        "tag_names": ["老房子", "用电"],
        "ai_text": "none",
        "ai_images": "none",
        **fields,
    }


def draft_by(author: User, category: Category, **fields: object) -> Submission:
    row = begin(author)
    return save_draft(row, author, changes(category, **fields), version=row.version)


def send(row: Submission, author: User, byline: str = "") -> Submission:
    return submit(row, author, version=row.version, byline=byline, agreed=True)


def sent_by(author: User | Contributor, category: Category, **fields: object) -> Submission:
    """Return a text that waits for review."""
    user = author.user if isinstance(author, Contributor) else author
    assert user is not None
    return send(draft_by(user, category, **fields), user, byline=fields.pop("byline", "山月记"))


def page(row: Submission) -> str:
    return f"/admin/submissions/submission/{row.pk}/change/"


def form_of(row: Submission, action: str, **fields: object) -> dict[str, object]:
    """Return the form of an action as the page that shows this version would send it."""
    data = {f"{action}-{name}": value for name, value in fields.items()}
    seen = {f"{action}-article_seen": row.article_stamp} if row.article_stamp else {}
    return {"action": action, f"{action}-version": row.version, **seen, **data}
