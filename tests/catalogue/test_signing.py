"""Two people on every vetting: who may sign what, that it is what was shown, and that the database itself refuses the rest."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import drafts, signing, specification
from catalogue.journal import SYSTEM, JournalEntry, Who
from catalogue.money import Money
from catalogue.products import Document, DossierChange, Listing, Vetting, Voiding
from catalogue.verdicts import Refused, Stale
from catalogue.vetting import judge
from tests.catalogue import samples
from tests.catalogue.samples import ADMIN, COLLEAGUE, NOW, PRACTITIONER, TODAY

OTHER_PRACTITIONER = Who(104, "Otto Other", "practitioner")


def listings(session: Session) -> list[Listing]:
    return list(session.scalars(select(Listing)))


def test_an_accepted_vetting_of_a_second_person_puts_the_product_on_sale(session: Session) -> None:
    vetting = samples.sign(session, samples.entered(session, samples.complete()))
    assert (vetting.verdict, vetting.signed_by_name, vetting.entered_by_name) == (
        "accepted",
        PRACTITIONER.name,
        ADMIN.name,
    )
    assert vetting.specification_hash == specification.load().hash
    assert len(json.loads(vetting.findings)) == len(specification.load().rules_for("roller"))
    assert [listing.vetting_id for listing in listings(session)] == [vetting.id]


def test_it_lapses_with_the_first_proof_that_lapses(session: Session) -> None:
    vetting = samples.sign(session, samples.entered(session, samples.complete()))
    dossier = drafts.dossier_of(samples.loaded(session, "RL-020"))
    assert vetting.lapses_on is not None
    assert judge(dossier, specification.load(), vetting.lapses_on).verdict == "accepted"
    assert judge(dossier, specification.load(), vetting.lapses_on + timedelta(days=1)).verdict != "accepted"


@pytest.mark.parametrize("by", [ADMIN, SYSTEM, Who(105, "C", "client"), Who(None, "?", "admin")])
def test_who_entered_it_and_who_is_no_practitioner_or_admin_cannot_sign(session: Session, by: Who) -> None:
    product = samples.entered(session, samples.complete())
    with pytest.raises(Refused, match="two-people"):
        samples.sign(session, product, by)
    assert session.scalars(select(Vetting)).all() == []


def test_everybody_who_changed_it_since_it_was_last_vouched_for_is_shut_out(session: Session) -> None:
    product = samples.entered(session, samples.complete())
    dearer = replace(drafts.dossier_of(product), price=Money(3600))
    drafts.enter_dossier(session, dearer, {}, COLLEAGUE, NOW)
    for by in (ADMIN, COLLEAGUE):
        with pytest.raises(Refused, match="two-people"):
            samples.sign(session, product, by)
    samples.sign(session, product)
    drafts.enter_dossier(session, replace(dearer, price=Money(3700)), {}, COLLEAGUE, NOW)
    assert samples.sign(session, product, ADMIN).verdict == "accepted"


def test_a_signature_under_a_rejected_dossier_vouches_for_nothing(session: Session) -> None:
    product = samples.entered(session, samples.complete(needle_length_nominal=Decimal("0.5")))
    assert samples.sign(session, product).verdict == "rejected"
    assert listings(session) == []
    mended = drafts.dossier_of(product)
    mended = replace(mended, facts={**mended.facts, "needle_length_nominal": Decimal("0.2")})
    drafts.enter_dossier(session, mended, {}, COLLEAGUE, NOW)
    with pytest.raises(Refused, match="two-people"):
        samples.sign(session, product, ADMIN)


CHANGED = {
    "a fact": lambda d: replace(d, facts={**d.facts, "needle_diameter": Decimal("0.2")}),
    "the price": lambda d: replace(d, price=Money(1)),
    "the name": lambda d: replace(d, name="Another"),
    "a document": lambda d: replace(d, evidence=d.evidence[1:]),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_is_signed_is_what_was_shown(session: Session, what: str) -> None:
    product = samples.entered(session, samples.complete())
    dossier, rules = drafts.dossier_of(product), specification.load()
    shown = signing.shown_hash(judge(dossier, rules, TODAY), dossier)
    drafts.enter_dossier(session, CHANGED[what](dossier), {}, ADMIN, NOW)
    with pytest.raises(Stale):
        signing.record_vetting(session, product, rules, PRACTITIONER, TODAY, NOW, shown)


def test_a_proof_that_lapsed_over_night_is_not_signed_as_it_was_shown(session: Session) -> None:
    product = samples.entered(session, samples.complete())
    dossier, rules = drafts.dossier_of(product), specification.load()
    shown = signing.shown_hash(judge(dossier, rules, TODAY), dossier)
    later = TODAY + timedelta(days=400)
    with pytest.raises(Stale):
        signing.record_vetting(session, product, rules, PRACTITIONER, later, NOW, shown)


def test_without_every_document_an_accepted_product_is_not_on_sale(session: Session) -> None:
    dossier = samples.complete()
    papers = samples.documents_for(session, dossier)
    papers.pop(str(dossier.evidence[0].file))
    product = drafts.enter_dossier(session, dossier, papers, ADMIN, NOW)
    assert samples.sign(session, product).verdict == "accepted"
    assert listings(session) == []


LONGER = {"needle_length_nominal": Decimal("0.22")}


def test_a_practitioners_note_is_signed_with_the_vetting_and_kept_as_evidence(session: Session) -> None:
    product = samples.entered(session, samples.complete(**LONGER))
    assert samples.sign(session, product).verdict == "incomplete"
    vetting = samples.sign(session, product, notes={"R-LEN-02": "Seen; fit for home use with care."})
    note = samples.loaded(session, "RL-020").dossier.evidence[-1]
    assert (vetting.verdict, len(listings(session))) == ("accepted", 1)
    assert (note.proof, note.covers, note.issuer) == ("note", '["R-LEN-02"]', PRACTITIONER.name)
    kept = session.get(Document, note.document_sha256)
    assert kept is not None
    assert b"fit for home use" in kept.content
    assert samples.loaded(session, "RL-020").dossier.changed_by_name == ADMIN.name


def test_only_a_practitioner_signs_a_note(session: Session) -> None:
    product = samples.entered(session, samples.complete(**LONGER))
    with pytest.raises(Refused, match="practitioner-only"):
        samples.sign(session, product, COLLEAGUE, notes={"R-LEN-02": "Looks fine"})


def test_a_note_that_an_admin_put_in_the_dossier_needs_a_practitioners_signature(session: Session) -> None:
    dossier = samples.complete(**LONGER)
    note = replace(dossier.evidence[0], proof="note", covers=("R-LEN-02",), reference="N", file="n.pdf")
    product = samples.entered(session, replace(dossier, evidence=(*dossier.evidence, note)))
    with pytest.raises(Refused, match="practitioner-only"):
        samples.sign(session, product, COLLEAGUE)
    assert samples.sign(session, product).verdict == "accepted"


@pytest.mark.parametrize("notes", [{"R-LEN-01": "no matter"}, {"R-LEN-02": " "}, {"nonsense": "x"}])
def test_a_note_answers_a_rule_that_waits_for_one(session: Session, notes: dict[str, str]) -> None:
    product = samples.entered(session, samples.complete(**LONGER))
    with pytest.raises(Refused, match="note"):
        samples.sign(session, product, notes=notes)


def test_a_note_by_a_practitioner_who_entered_the_dossier_waits_for_another_one(session: Session) -> None:
    product = samples.entered(session, samples.complete(**LONGER), by=PRACTITIONER)
    with pytest.raises(Refused, match="two-people"):
        samples.sign(session, product, notes={"R-LEN-02": "Mine"})
    assert samples.sign(session, product, OTHER_PRACTITIONER, notes={"R-LEN-02": "Seen"}).verdict == "accepted"


def test_signing_again_renews_the_listing_and_a_lapsed_one_goes(session: Session) -> None:
    product = samples.on_sale(session)
    renewed = samples.sign(session, product)
    assert [listing.vetting_id for listing in listings(session)] == [renewed.id]
    samples.sign(session, product, today=TODAY + timedelta(days=400))
    assert listings(session) == []


def test_one_person_takes_a_product_off_sale_with_a_reason(session: Session) -> None:
    product = samples.on_sale(session)
    with pytest.raises(Refused, match="no-reason"):
        signing.void_vetting(session, product, ADMIN, NOW, " ")
    signing.void_vetting(session, product, ADMIN, NOW, "The maker withdrew its declaration")
    assert listings(session) == []
    assert session.scalars(select(Voiding)).one().by_name == ADMIN.name
    with pytest.raises(Stale):
        signing.void_vetting(session, product, ADMIN, NOW, "again")


def test_the_journal_tells_who_signed_what(session: Session) -> None:
    samples.on_sale(session, units=0)
    verbs = session.scalars(select(JournalEntry.verb).where(JournalEntry.reference == "RL-020")).all()
    assert verbs == ["dossier entered", "vetting signed"]
    assert session.scalars(select(DossierChange)).one().vetting_id is not None
