"""A version of the specification from draft to its day: who signs, what voids a signature, and what nobody can change."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalogue import drafts, publishing, rejudging, shelf, specification, versions
from catalogue.journal import Who
from catalogue.judgements import Judgement
from catalogue.verdicts import Refused, Stale
from catalogue.versions import Publication, SpecificationSignature, SpecificationVersion
from catalogue.vetting import finding_to_json, judge
from tests.catalogue import samples
from tests.catalogue.revisions import drafted, revised
from tests.catalogue.samples import ADMIN, COLLEAGUE, NOW, PRACTITIONER, TODAY

SOON = TODAY + timedelta(days=7)
SHORT = Decimal("0.15")


def published(session: Session, version: str = "2026.2", day: date = SOON, **changes: object) -> Publication:
    draft = drafted(session, version, day, **changes)
    publishing.sign_version(session, version, ADMIN, TODAY, NOW, draft.hash)
    publication = publishing.sign_version(session, version, PRACTITIONER, TODAY, NOW, draft.hash)
    assert publication is not None
    return publication


def test_before_the_first_version_the_packaged_rules_are_in_force(session: Session) -> None:
    drafted(session, "2026.2", TODAY)
    assert versions.in_force(session, TODAY) is specification.load()


def test_two_signatures_publish_and_the_day_decides(session: Session) -> None:
    published(session)
    assert versions.in_force(session, SOON - timedelta(days=1)).version == "2026.1"
    assert versions.in_force(session, SOON).version == "2026.2"


def test_of_several_versions_the_last_that_took_force_counts(session: Session) -> None:
    published(session, "2027.1", SOON + timedelta(days=9))
    published(session, "2026.2", SOON)
    assert versions.in_force(session, SOON + timedelta(days=8)).version == "2026.2"
    assert versions.in_force(session, SOON + timedelta(days=9)).version == "2027.1"


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (ADMIN, "You have signed it."),
        (COLLEAGUE, "An admin has signed it."),
        (Who(9, "Mara", "client"), "An admin and a practitioner sign."),
        (Who(None, "the shop", "practitioner"), "An admin and a practitioner sign."),
    ],
)
def test_an_admin_and_a_practitioner_sign_each_once(session: Session, by: Who, told: str) -> None:
    draft = drafted(session, "2026.2", SOON)
    assert publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, draft.hash) is None
    with pytest.raises(Refused) as refusal:
        publishing.sign_version(session, "2026.2", by, TODAY, NOW, draft.hash)
    assert told in [reason.text for reason in refusal.value.verdict.reasons]


def test_a_day_that_is_past_is_not_signed(session: Session) -> None:
    draft = drafted(session, "2026.2", TODAY - timedelta(days=1))
    with pytest.raises(Refused, match="two-signatures"):
        publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, draft.hash)


def test_a_change_voids_the_signatures(session: Session) -> None:
    draft = drafted(session, "2026.2", SOON)
    signed = draft.hash
    publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, signed)
    changed = revised("2026.2", SOON, R_LEN_01=SHORT)
    publishing.edit_draft(session, "2026.2", changed, COLLEAGUE, NOW, signed)
    assert session.scalars(select(SpecificationSignature)).all() == []
    with pytest.raises(Refused, match="changed-meanwhile"):
        publishing.sign_version(session, "2026.2", PRACTITIONER, TODAY, NOW, signed)


def test_who_edits_what_somebody_else_changed_is_told(session: Session) -> None:
    draft = drafted(session, "2026.2", SOON)
    was = draft.hash
    publishing.edit_draft(session, "2026.2", revised("2026.2", SOON, R_LEN_01=SHORT), ADMIN, NOW, was)
    with pytest.raises(Refused, match="changed-meanwhile"):
        publishing.edit_draft(session, "2026.2", revised("2026.2", SOON), COLLEAGUE, NOW, was)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("version = 1", "version must be a text"),
        ("[[", "not TOML"),
        (revised("2026.2", SOON).replace('must = "at most"', 'must = "atmost"', 1), "rule R-"),
        (revised("a name that is longer than most", SOON), "at most 20 characters"),
    ],
)
def test_a_draft_is_checked_as_loading_checks(session: Session, document: str, told: str) -> None:
    with pytest.raises(Refused) as refusal:
        publishing.draft_version(session, document, "why", ADMIN, NOW)
    assert told in refusal.value.verdict.reasons[0].text


def test_no_version_without_a_reason_and_no_name_twice(session: Session) -> None:
    with pytest.raises(Refused, match="no-reason"):
        publishing.draft_version(session, revised("2026.2", SOON), " ", ADMIN, NOW)
    drafted(session, "2026.2", SOON)
    with pytest.raises(Refused, match="changed-meanwhile"), session.begin_nested():
        drafted(session, "2026.2", SOON)


def test_one_version_a_day_and_a_withdrawn_one_makes_room(session: Session) -> None:
    published(session)
    with pytest.raises(Refused, match="changed-meanwhile"), session.begin_nested():
        published(session, "2026.3")
    publishing.withdraw_version(session, "2026.2", "A typing error.", ADMIN, TODAY, NOW)
    assert versions.in_force(session, SOON).version == "2026.1"
    published(session, "2026.4")
    assert versions.in_force(session, SOON).version == "2026.4"


def test_what_is_in_force_is_not_withdrawn(session: Session) -> None:
    published(session, day=TODAY)
    with pytest.raises(Stale):
        publishing.withdraw_version(session, "2026.2", "why", ADMIN, TODAY, NOW)
    with pytest.raises(Stale):
        publishing.edit_draft(session, "2026.2", revised("2026.2", SOON), ADMIN, NOW, "x")
    with pytest.raises(Stale):
        publishing.discard_draft(session, "2026.2", ADMIN, NOW)


def test_a_draft_can_be_discarded_with_its_signature(session: Session) -> None:
    draft = drafted(session, "2026.2", SOON)
    publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, draft.hash)
    publishing.discard_draft(session, "2026.2", ADMIN, NOW)
    assert session.scalars(select(SpecificationVersion)).all() == []


def test_what_is_on_sale_is_judged_beforehand_for_the_first_day(session: Session) -> None:
    product = samples.on_sale(session)
    published(session, R_LEN_01=SHORT)
    judged = session.scalars(select(Judgement)).one()
    assert (judged.verdict, judged.rules_against) == ("rejected", ("R-LEN-01",))
    product = samples.loaded(session, product.sku)
    for day, told in ((SOON - timedelta(days=1), ()), (SOON, ("not-vetted",))):
        verdict = shelf.verdict(product, 1, day, versions.in_force(session, day))
        assert verdict.codes == told
    assert "Needles short enough for home use (at most 0.15 mm)" in verdict.reasons[0].text


def test_what_still_meets_the_rules_stays_on_sale_until_its_proof_lapses(session: Session) -> None:
    samples.on_sale(session)
    published(session, R_LEN_01=Decimal("0.2"))
    product = samples.loaded(session, "RL-020")
    rules = versions.in_force(session, SOON)
    counting = shelf.counting(product, rules)
    assert isinstance(counting, Judgement)
    assert counting.lapses_on is not None
    assert shelf.is_vetted(product, counting.lapses_on, rules)
    assert not shelf.is_vetted(product, counting.lapses_on + timedelta(days=1), rules)


def test_what_is_vetted_between_publishing_and_the_day_is_judged_too(session: Session) -> None:
    published(session, R_LEN_01=SHORT)
    samples.on_sale(session, sku="RL-1")
    samples.on_sale(session, sku="RL-2", needle_length_nominal=Decimal("0.1"))
    rules = versions.in_force(session, SOON)
    standing = {sku: shelf.is_vetted(samples.loaded(session, sku), SOON, rules) for sku in ("RL-1", "RL-2")}
    assert standing == {"RL-1": False, "RL-2": True}


def test_what_is_judged_piece_by_piece_equals_judging_afresh(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its turn has come a product does not count; from then on it counts as judging afresh says, on every day."""
    monkeypatch.setattr(rejudging, "AT_ONCE", 2)
    for number, length in enumerate(("0.2", "0.15", "0.1", "0.15", "0.2")):
        samples.on_sale(session, sku=f"RL-{number}", units=0, needle_length_nominal=Decimal(length))
    publication = published(session, R_LEN_01=SHORT)
    rules = versions.of_publication(session, publication)
    for judged in (2, 4, 5, 5):
        assert rejudging.count_judged(session, rules) == (judged, 5)
        assert rejudging.is_unjudged(session, rules) is (judged < 5)
        for number in range(5):
            product = samples.loaded(session, f"RL-{number}")
            known = shelf.judgement_by(product, rules)
            assert (known is not None) is (number < judged)
            afresh = judge(drafts.dossier_of(product), rules, SOON)
            if known is None:
                assert shelf.counting(product, rules) is None
            else:
                assert (known.verdict, known.lapses_on) == (afresh.verdict, afresh.lapses_on)
                assert json.loads(known.findings) == [finding_to_json(finding) for finding in afresh.findings]
            for day in (SOON, (afresh.lapses_on or SOON) + timedelta(days=1)):
                is_good = judge(drafts.dossier_of(product), rules, day).verdict == "accepted"
                assert shelf.is_vetted(product, day, rules) is (number < judged and is_good)
        rejudging.judge_beforehand(session, rules, NOW)


def test_only_what_is_signed_and_not_over_is_waited_for(session: Session) -> None:
    draft = drafted(session, "2026.2", SOON)
    assert versions.awaited(session, TODAY) == []
    publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, draft.hash)
    assert [rules.version for rules in versions.awaited(session, TODAY)] == ["2026.2"]
    publishing.sign_version(session, "2026.2", PRACTITIONER, TODAY, NOW, draft.hash)
    assert [rules.version for rules in versions.awaited(session, TODAY)] == ["2026.2"]
    assert versions.awaited(session, SOON) == []
    publishing.withdraw_version(session, "2026.2", "A typing error.", ADMIN, TODAY, NOW)
    assert versions.awaited(session, TODAY) == []


def test_what_nobody_judged_is_not_for_sale(session: Session) -> None:
    samples.on_sale(session)
    published(session)
    session.execute(text("DELETE FROM judgement"))
    assert not shelf.is_vetted(samples.loaded(session, "RL-020"), SOON, versions.in_force(session, SOON))


def test_going_back_is_a_new_version(session: Session) -> None:
    samples.on_sale(session)
    published(session, "2026.2", SOON, R_LEN_01=SHORT)
    published(session, "2026.3", SOON + timedelta(days=1))
    for day, is_vetted in ((SOON, False), (SOON + timedelta(days=1), True)):
        rules = versions.in_force(session, day)
        assert shelf.is_vetted(samples.loaded(session, "RL-020"), day, rules) is is_vetted


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE specification_version SET document = 'x'",
        "UPDATE specification_version SET reason = 'x'",
        "DELETE FROM specification_version",
        "UPDATE specification_signature SET by_name = 'x'",
        "DELETE FROM specification_signature",
        "UPDATE publication SET in_force_from = '2026-12-31'",
        "DELETE FROM publication",
    ],
)
def test_the_database_keeps_what_was_published(session: Session, statement: str) -> None:
    published(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(statement))


def test_the_database_publishes_nothing_without_two_signatures_of_it(session: Session) -> None:
    draft = drafted(session, "2026.2", SOON)
    publishing.sign_version(session, "2026.2", ADMIN, TODAY, NOW, draft.hash)
    session.add(Publication(version_id=draft.id, hash=draft.hash, in_force_from=SOON, published_at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()
