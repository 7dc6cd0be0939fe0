"""Suppliers' files beside versions of the specification: a fact of a rule that came with a version is proposed, read and asked."""

import json
from datetime import timedelta

from sqlalchemy.orm import Session

from catalogue import columns, publishing
from catalogue.columns import Column
from catalogue.specification import entries, load, parse
from catalogue.specification_text import written
from storefront.admin.questions import questions
from tests.catalogue import samples
from tests.catalogue.revisions import revised
from tests.catalogue.samples import ADMIN, PRACTITIONER
from tests.storefront.orders.test_importing import imported, read, received
from tests.storefront.orders.world import NOW, TODAY


def test_facts_of_a_rule_that_a_new_version_added_are_proposed_read_and_asked(session: Session) -> None:
    raw = entries(revised("2026.2", TODAY + timedelta(days=7)))
    rule = next(dict(rule) for rule in raw["rule"] if rule["id"] == "R-LEN-01")
    raw["rule"].append(rule | {"id": "R-CON-09", "fact": "grip_width", "title": "A grip to hold", "limit": 300})
    draft = publishing.draft_version(session, written(raw), "Grips.", ADMIN, NOW)
    session.commit()
    sheet = "SKU;Name;Price;Grip width (cm)\nRL-1;One;34;12\n"
    assert columns.from_json(received(sheet).plan).columns[3].target == "", "a draft asks nobody"
    for who in (ADMIN, PRACTITIONER):
        publishing.sign_version(session, "2026.2", who, TODAY, NOW, draft.hash)
    session.commit()
    assert columns.asked_by(load())["roller"].get("grip_width") is None
    file = imported(read(sheet))
    assert columns.from_json(file.plan).columns[3] == Column("Grip width (cm)", "fact:grip_width", "cm")
    assert json.loads(samples.loaded(session, "RL-1").dossier.facts) == {"grip_width": 120}
    assert "grip_width" in columns.asked_on(session, TODAY + timedelta(days=8))["roller"]
    coming = parse(draft.document, "the draft")
    assert "grip_width" in [question.fact for question in questions("roller", coming)]
    *_, last = questions("roller", load(), coming)
    assert last.fact == "grip_width"
    assert last.hint.startswith(f"Asked from {coming.in_force_from:%-d %b %Y} on. ")
    assert questions("roller", load(), load()) == questions("roller", load())
