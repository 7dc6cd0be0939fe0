"""The public report of a product: in words, as JSON at the same address, and as schema.org has words for it."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue import publishing, specification
from catalogue.judgements import Judgement
from catalogue.products import Listing, Product, Vetting
from catalogue.reports import asked
from catalogue.specification_text import written
from storefront import clock
from storefront.accounts.models import Account
from tests.catalogue import samples
from tests.catalogue.revisions import own_rules
from tests.storefront.shop.test_browse import Become, on_shelf, signed_under_earlier_rules

JSON = {"Accept": "application/json"}
CLAIMS = re.compile(r"heal|cure|treat|skin|wrinkle|scar|anti|safe|vetted|clinical", re.I)


def told(client: FlaskClient, product: Product) -> dict[str, Any]:
    answer = client.get(f"/products/{product.slug}", headers=JSON)
    assert answer.status_code == 200
    assert answer.is_json
    return dict(answer.get_json())


def linked(client: FlaskClient, product: Product) -> dict[str, Any]:
    text = client.get(f"/products/{product.slug}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_the_report_tells_whose_rules_they_are_who_signed_and_that_unknown_is_refused(
    client: FlaskClient, session: Session
) -> None:
    product = on_shelf(session)
    fingerprint = session.scalars(select(Vetting.shown_hash)).one()[:16]
    text = client.get(f"/products/{product.slug}").text
    for said in (
        "a practitioner of the clinic, ",
        "version 2026.1",
        "are law",
        "the clinic’s own",
        "Unknown is refused.",
        "0.05 mm to spare",
        'id="metal-and-skin"',
        'id="R-LEN-01"',
        "no last day",
        fingerprint,
        "https://doi.org/10.1016/j.jaad.2017.06.009",
        "Yours may be half as thick or twice",
        "Where this rule comes from",
        "within the limit; no document is asked for",
    ):
        assert said in text
    assert "read from the list of ingredients" not in text
    assert text.count('<li class="finding ') == len(specification.load().rules_for("roller"))


def test_every_ingredient_is_told_with_what_it_is(client: FlaskClient, session: Session) -> None:
    product = on_shelf(session, "serum", "SE-01", ingredients="Aqua, Glycerin, Zzyx Extract, Panthenol")
    text = client.get(f"/products/{product.slug}").text
    assert "also called glycerine, glycerol" in text
    assert re.search(r"Zzyx Extract</p>\s*<p class=\"ingredients__what\">unclassified", text)


def test_the_same_facts_come_as_json_at_the_same_address(client: FlaskClient, session: Session) -> None:
    product = on_shelf(session)
    page = told(client, product)
    assert set(page) == {
        *("sku", "name", "kind", "brand", "manufacturer", "gtin", "summary", "price", "is_for_sale", "in_stock"),
        *("specification", "vetting", "bases", "eu_lists_as_of", "report", "needle", "ingredients"),
    }
    assert page["price"] == {"amount": "34.00", "currency": "GBP"}
    assert page["is_for_sale"] is True
    assert page["vetting"]["signed_by_role"] == "practitioner"
    findings = {finding["rule"]: finding for chapter in page["report"] for finding in chapter["findings"]}
    assert set(findings) == {rule.id for rule in specification.load().rules_for("roller")}
    length = findings["R-LEN-01"]
    assert (length["found"], length["demanded"], length["margin"]) == ("0.2 mm", "at most 0.25 mm", "0.05 mm to spare")
    assert length["bar"] == {"value": 0.2, "limit": 0.25, "at_least": False, "lower": None}
    assert length["document"]["title"] == "The datasheet"
    assert page["needle"]["length_mm"] == 0.2
    assert any(source["address"].startswith("https://") for source in length["sources"])
    assert sum(page["bases"].values()) == page["vetting"]["asked"]
    assert "Petra" not in json.dumps(page), "who signed is told by role"


def test_a_serum_tells_its_ingredients_as_json(client: FlaskClient, session: Session) -> None:
    page = told(client, on_shelf(session, "serum", "SE-01"))
    assert page["needle"] is None
    assert [each["name"] for each in page["ingredients"]] == samples.HARMLESS.split(", ")
    assert page["ingredients"][1]["called"] == ["glycerine", "glycerol"]


def test_both_answers_are_kept_apart_and_what_is_not_there_is_told_as_json(
    client: FlaskClient, session: Session
) -> None:
    product = on_shelf(session)
    for headers in ({}, JSON):
        assert "Accept" in client.get(f"/products/{product.slug}", headers=headers).headers["Vary"]
    missing = client.get("/products/nothing", headers=JSON)
    assert (missing.status_code, missing.get_json()["status"]) == (404, 404)


def test_search_engines_read_what_it_is_and_no_claim(client: FlaskClient, session: Session) -> None:
    product = on_shelf(session)
    page = linked(client, product)
    assert (page["@type"], page["sku"], page["name"]) == ("Product", "RL-020", product.name)
    assert page["offers"]["price"] == "34.00"
    assert page["offers"]["priceCurrency"] == "GBP"
    assert page["offers"]["availability"] == "https://schema.org/InStock"
    assert page["url"].endswith(f"/products/{product.slug}")
    said = {name: value for name, value in page.items() if name not in ("offers", "url", "@context")}
    assert CLAIMS.search(json.dumps(said)) is None
    assert "summary" not in page
    assert "description" not in page


def test_a_name_cannot_end_the_element_that_search_engines_read(client: FlaskClient, session: Session) -> None:
    on_shelf(session)
    product = samples.signed_anew(session, today=clock.today(), name="</script><script>alert(1)</script>")
    session.commit()
    assert linked(client, product)["name"] == product.name


@pytest.mark.parametrize("why", ["none in stock", "lapsed"])
def test_there_is_no_offer_of_what_is_not_for_sale(client: FlaskClient, session: Session, why: str) -> None:
    product = on_shelf(session, units=0 if why == "none in stock" else 10)
    if why == "lapsed":
        session.scalars(select(Listing)).one().vetting.lapses_on = clock.today().replace(year=2020)
        session.commit()
    assert "offers" not in linked(client, product)
    assert told(client, product)["is_for_sale"] is False


def test_staff_read_as_json_that_nobody_signed(session: Session, worker: Account, signed_in: Become) -> None:
    product = samples.entered(session, samples.complete())
    session.commit()
    page = told(signed_in(worker), product)
    assert (page["vetting"], page["report"], page["needle"]) == (None, [], None)
    assert asked([]) == 0


def test_under_other_rules_than_were_signed_it_is_judged_again(client: FlaskClient, session: Session) -> None:
    product = signed_under_earlier_rules(session)
    page = told(client, product)
    assert (page["specification"], page["vetting"]["specification"]) == (specification.load().version, "2025.9")
    assert page["vetting"]["is_current"] is False
    assert page["vetting"]["passed"] == page["vetting"]["asked"] > 30
    assert "judged again by the version in force" in client.get(f"/products/{product.slug}").text


def in_force_today(session: Session, rule: str, **changed: Any) -> None:
    """Rules that two people have signed for today, with one of them changed."""
    raw, now = own_rules() | {"version": "2099.1", "in_force_from": clock.today()}, clock.now()
    next(each for each in raw["rule"] if each["id"] == rule).update(changed)
    draft = publishing.draft_version(session, written(raw), "Other rules.", samples.ADMIN, now)
    for by in (samples.ADMIN, samples.PRACTITIONER):
        publishing.sign_version(session, "2099.1", by, clock.today(), now, draft.hash)
    session.commit()


def test_the_last_day_is_the_one_by_the_rules_in_force(client: FlaskClient, session: Session) -> None:
    product = on_shelf(session)
    signed_until = session.scalars(select(Vetting.lapses_on)).one()
    in_force_today(session, "R-REC-01", proof_valid_months=3)
    last = session.scalars(select(Judgement.lapses_on)).one()
    assert last
    assert last != signed_until
    assert told(client, product)["vetting"]["lapses_on"] == last.isoformat()
    assert f"next proof lapses on {last:%-d %B %Y}" in visible(client, product)


def test_what_falls_is_told_to_be_off_the_shelf_and_by_which_rule(client: FlaskClient, session: Session) -> None:
    product = on_shelf(session)
    in_force_today(session, "R-LEN-01", limit=Decimal("0.15"))
    text = visible(client, product)
    for said in ("Why this roller is not on our shelf", "Our rules changed since", "no matter: a rule is not met"):
        assert said in text
    assert "when the papers do" not in text
    assert told(client, product)["vetting"]["lapses_on"] is None


def visible(client: FlaskClient, product: Product) -> str:
    return re.sub(r"<[^>]+>", "", client.get(f"/products/{product.slug}").text)
