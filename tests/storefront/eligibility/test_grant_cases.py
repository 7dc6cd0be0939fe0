"""What a practitioner may sign: the table of tests/cases/grant.toml."""

import tomllib
from typing import Any

import pytest

from catalogue.verdicts import Verdict
from storefront.eligibility.rules import Limits, may_grant
from tests.storefront.eligibility import stories

TABLE = tomllib.loads((stories.CASES / "grant.toml").read_text(encoding="utf-8"))


def verdict(case: dict[str, Any]) -> Verdict:
    story = {**stories.FILE["standard"], "approved": False, **case}
    client = stories.person(story)
    assert client is not None
    client.kept_as_id = story.get("kept_as")
    return may_grant(client, Limits(**TABLE["limits"] | case.get("limits", {})), stories.POLICY, story["day"])


@pytest.mark.parametrize("case", TABLE["case"], ids=[case["sentence"] for case in TABLE["case"]])
def test_a_practitioner_may_sign_what_the_table_says(case: dict[str, Any]) -> None:
    found = verdict(case)
    assert list(found.codes) == case.get("refused", [])
    if "told" in case:
        assert [f"{each.text} ({each.lifted_by}) {each.next_step}" for each in found.reasons] == case["told"]
