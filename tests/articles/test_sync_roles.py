import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from articles.services.roles import CHIEF_EDITOR, EDITOR, MODERATOR, all_roles, sync_roles


def held(name):
    codes = Group.objects.get(name=name).permissions.values_list(
        "content_type__app_label", "codename"
    )
    return {".".join(code) for code in codes}


@pytest.mark.django_db
def test_it_gives_each_group_exactly_its_permissions():
    call_command("sync_roles", verbosity=0)
    for name in (EDITOR, CHIEF_EDITOR, MODERATOR):
        assert held(name) == all_roles()[name]


@pytest.mark.django_db
def test_it_takes_strays_away_and_gives_back_what_is_missing():
    sync_roles()
    group = Group.objects.get(name=EDITOR)
    group.permissions.add(Permission.objects.get(codename="restrict_article"))
    group.permissions.remove(Permission.objects.get(codename="publish_article"))
    assert sync_roles()[EDITOR] == (1, 1)
    assert held(EDITOR) == all_roles()[EDITOR]


@pytest.mark.django_db
def test_a_second_run_changes_nothing_and_leaves_other_groups_alone(capsys):
    other = Group.objects.create(name="translators")
    other.permissions.add(Permission.objects.get(codename="view_article"))
    sync_roles()
    call_command("sync_roles")
    assert "editor: 0 granted, 0 taken away" in capsys.readouterr().out
    assert held("translators") == {"articles.view_article"}


def test_what_the_roles_may_and_may_not():
    roles = all_roles()
    assert "articles.publish_article" in roles[EDITOR]
    # Whoever may write anything may also write what stood there before.
    assert "articles.restore_article" in roles[EDITOR]
    assert "articles.restore_article" not in roles[MODERATOR]
    assert "articles.restrict_article" not in roles[EDITOR] | roles[CHIEF_EDITOR]
    assert "articles.delete_article" not in roles[EDITOR]
    assert roles[EDITOR] < roles[CHIEF_EDITOR]
    written = {
        code
        for code in roles[MODERATOR]
        if code.split(".")[1].startswith(("add", "change", "delete", "publish"))
    }
    # What moderators do to cases and articles goes through services; their canned replies are
    # the one thing that they write in a form of the admin.
    assert written == {f"moderation.{verb}_cannedreply" for verb in ("add", "change", "delete")}


def test_who_reviews_submissions_and_that_nobody_writes_them_past_the_services():
    roles = all_roles()
    assert {"submissions.review_submission", "submissions.view_submission"} <= roles[EDITOR]
    assert "submissions.decide_escalated" not in roles[EDITOR]
    assert "submissions.decide_escalated" in roles[CHIEF_EDITOR]
    assert not any(code.startswith("submissions.") for code in roles[MODERATOR])
    everything = frozenset[str]().union(*roles.values())
    assert not everything & {
        "submissions.add_submission", "submissions.change_submission",
        "submissions.delete_submission", "submissions.change_terms", "submissions.delete_terms",
        "submissions.change_standing",
    }  # fmt: skip
