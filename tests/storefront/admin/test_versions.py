"""The pages of a new version: drafted, edited rule by rule with the checks of loading, tried, signed by two, withdrawn."""

import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from catalogue import drafts, publishing
from catalogue.specification import entries, load, parse
from catalogue.specification_text import written
from catalogue.versions import Publication, SpecificationSignature, SpecificationVersion, in_force
from storefront import clock
from storefront.orders.kit_models import Kit, KitPart
from tests.catalogue import samples
from tests.catalogue.revisions import drafted, revised
from tests.storefront.admin.test_pages import stock_up
from tests.storefront.conftest import PASSWORD

ADDRESS = "/admin/specifications/2027.1"
RULE = f"{ADDRESS}/rules/R-LEN-01"


@pytest.fixture
def draft(session: Session) -> SpecificationVersion:
    made = drafted(session, "2027.1", clock.today() + timedelta(days=7), clock.now())
    session.commit()
    return made


def fields_of(text: str) -> MultiDict[str, str]:
    """What a browser would send of the form of a rule, untouched."""
    text = html.unescape(text)
    form = text[text.rindex("<form", 0, text.index("Keep this rule")) :]
    sent: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            sent.add(name[1], value[1] if value else "")
    for name, text_inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        sent.add(name, text_inside.strip())
    for tag, options in re.findall(r"<select([^>]*)>(.*?)</select>", form, re.S):
        chosen = re.findall(r'<option selected value="([^"]*)"', options)
        first = [] if "multiple" in tag else re.findall(r'<option value="([^"]*)"', options)[:1]
        name = re.search(r'name="([^"]*)"', tag)
        assert name is not None
        sent.setlist(name[1], chosen or first)
    return sent


def content_of(session: Session) -> dict[str, Any]:
    return entries(session.scalars(select(SpecificationVersion.document)).one())


def rule_of(session: Session, id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(rule for rule in content_of(session)["rule"] if rule["id"] == id)
    return found


def sign(browser: FlaskClient, **changed: str) -> Any:
    shown = re.search(r'name="shown"[^>]*value="(\w+)"', browser.get(f"{ADDRESS}/consequences").text)
    sent = {"shown": shown[1] if shown else "", "password": PASSWORD, **changed}
    return browser.post(f"{ADDRESS}/signature", data=sent)


def test_a_new_version_is_a_copy_with_a_reason(session: Session, admin: FlaskClient) -> None:
    day = clock.today() + timedelta(days=7)
    sent = {"version": "2027.1", "in_force_from": day.isoformat(), "reason": "Shorter needles."}
    assert admin.post("/admin/specifications", data=sent).location == ADDRESS
    made = content_of(session)
    assert (made["version"], made["in_force_from"]) == ("2027.1", day)
    assert made["rule"] == entries(load().document)["rule"]


def test_what_was_typed_is_kept_when_the_reason_is_missing(admin: FlaskClient) -> None:
    answer = admin.post("/admin/specifications", data={"version": "2027.1", "reason": ""})
    assert answer.status_code == 422
    assert 'value="2027.1"' in answer.text
    assert "Say why." in answer.text


def test_a_limit_is_changed_and_nothing_else(session: Session, draft: SpecificationVersion, admin: FlaskClient) -> None:
    before = content_of(session)
    sent = fields_of(admin.get(RULE).text)
    assert sent["limit"] == "0.25"
    sent["limit"] = "0.20"
    assert admin.post(RULE, data=sent).status_code == 303
    next(rule for rule in before["rule"] if rule["id"] == "R-LEN-01")["limit"] = Decimal("0.20")
    assert content_of(session) == before
    page = admin.get(ADDRESS).text
    assert re.search(r"<del>at most 0.25 mm</del> → <strong>at most 0.2 mm</strong>", page)


@pytest.mark.parametrize("rule", ["R-KIND-01", "R-LEN-03", "R-REG-01", "S-ING-05", "S-PH-01", "S-ING-13", "R-COR-01"])
def test_every_kind_of_rule_comes_through_its_form_unchanged(
    session: Session, draft: SpecificationVersion, admin: FlaskClient, rule: str
) -> None:
    was = parse(draft.document, "draft")
    known = rule if any(each.id == rule for each in was.rules) else was.rules[-1].id
    sent = fields_of(admin.get(f"{ADDRESS}/rules/{known}").text)
    assert admin.post(f"{ADDRESS}/rules/{known}", data=sent).status_code == 303
    assert parse(session.scalars(select(SpecificationVersion.document)).one(), "draft").rule(known) == was.rule(known)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"limit": "short"}, "limit of &#34;at most&#34; must be a number"),
        ({"fact": ""}, "fact is missing"),
        ({"title": " "}, "title is missing"),
        ({"proof_valid_months": "0"}, "proof_valid_months must be a whole number"),
        ({"law_of": "EU"}, "law_of must be a text, and stands only where basis"),
        ({"sources-0-title": ""}, "source 1: title is missing"),
        ({"when_must": "equal to"}, "applies_when: fact is missing"),
        ({"id": "R-LEN-02"}, "There is a rule of this id already."),
    ],
)
def test_a_rule_is_checked_as_loading_checks_and_what_was_typed_is_kept(
    session: Session, draft: SpecificationVersion, admin: FlaskClient, changed: dict[str, str], told: str
) -> None:
    sent = fields_of(admin.get(RULE).text)
    for name, value in changed.items():
        sent[name] = value
    sent["note"] = "typed by hand"
    answer = admin.post(RULE, data=sent)
    assert answer.status_code == 422
    assert told in answer.text
    assert "typed by hand" in answer.text
    assert rule_of(session, "R-LEN-01")["limit"] == Decimal("0.25")


def test_a_rule_is_added_and_retired(session: Session, draft: SpecificationVersion, admin: FlaskClient) -> None:
    sent = fields_of(admin.get(RULE).text)
    sent["id"], sent["title"], sent["was"] = "R-LEN-09", "Another", draft.hash
    assert admin.post(f"{ADDRESS}/rules", data=sent).status_code == 303
    assert rule_of(session, "R-LEN-09")["title"] == "Another"
    was = re.search(r'name="was"[^>]*value="(\w+)"', admin.get(ADDRESS).text)
    assert was is not None
    assert admin.post(f"{ADDRESS}/rules/R-LEN-09/retirement", data={"was": was[1]}).status_code == 303
    assert "R-LEN-09" not in {rule["id"] for rule in content_of(session)["rule"]}


def test_two_people_sign_with_their_passwords(
    session: Session, draft: SpecificationVersion, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    assert sign(admin, password="wrong").status_code == 422
    assert sign(admin).status_code == 303
    assert "You have signed it." in admin.get(f"{ADDRESS}/consequences").text
    assert session.scalars(select(Publication)).all() == []
    assert "takes force by itself" in practitioner.get(sign(practitioner).location).text
    publication = session.scalars(select(Publication)).one()
    assert publication.due_at is not None
    assert in_force(session, publication.in_force_from).version == "2027.1"
    assert admin.get(RULE).status_code == 200
    assert admin.post(RULE, data=fields_of(admin.get(RULE).text)).status_code == 409


def test_a_practitioner_without_a_valid_certificate_does_not_sign(
    session: Session, draft: SpecificationVersion, worker: Any, signed_in: Any
) -> None:
    assert sign(signed_in(worker)).status_code == 409
    assert session.scalars(select(SpecificationSignature)).all() == []


def test_a_coming_version_is_withdrawn_with_a_reason(
    session: Session, draft: SpecificationVersion, admin: FlaskClient, practitioner: FlaskClient
) -> None:
    sign(admin)
    sign(practitioner)
    assert admin.post(f"{ADDRESS}/withdrawal", data={"why": ""}).status_code == 422
    assert admin.post(f"{ADDRESS}/withdrawal", data={"why": "A mistake."}).status_code == 303
    assert "Withdrawn by Alba Reed" in admin.get(ADDRESS).text
    assert admin.post(f"{ADDRESS}/withdrawal", data={"why": "Again."}).status_code == 409


def test_a_version_goes_out_as_toml_and_comes_in_again(
    session: Session, draft: SpecificationVersion, admin: FlaskClient
) -> None:
    text = admin.get(f"{ADDRESS}/document").text
    again = text.replace('version = "2027.1"', 'version = "2027.2"', 1)
    sent = {"document": (io.BytesIO(again.encode()), "rules.toml"), "why": "From a colleague."}
    assert admin.post("/admin/specifications/files", data=sent).location == "/admin/specifications/2027.2"
    assert parse(admin.get("/admin/specifications/2027.2/document").text, "again").rules == parse(text, "x").rules


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a TOML file"),
        (b"\xff\xfe", "not TOML"),
        (b"version = 1\n", "version must be a text"),
        (revised("2027.9", date(2030, 1, 1)).replace("0.25", '"a"', 1).encode(), "R-LEN-01"),
    ],
)
def test_a_file_that_is_no_specification_is_refused_with_its_faults(
    session: Session, admin: FlaskClient, content: bytes, told: str
) -> None:
    answer = admin.post(
        "/admin/specifications/files", data={"document": (io.BytesIO(content), "x.toml"), "why": "Why not."}
    )
    assert answer.status_code == 422
    assert told in answer.text
    assert session.scalars(select(SpecificationVersion)).all() == []


def test_the_dry_run_names_what_falls_and_what_would_pass(session: Session, admin: FlaskClient) -> None:
    today = clock.today()
    samples.on_sale(session, sku="RL-1", units=7, today=today)
    fine = drafts.dossier_of(samples.on_sale(session, sku="RL-0", today=today, needle_length_nominal=Decimal("0.1")))
    old = tuple(replace(paper, expires_on=today + timedelta(days=3)) for paper in fine.evidence)
    samples.signed_anew(session, "RL-0", today, evidence=old)
    samples.on_sale(session, sku="RL-2", units=3, today=today, needle_length_nominal=Decimal("0.1"))
    samples.entered(
        session, samples.complete("roller", "RL-3", today, max_uses_declared=99, needle_length_nominal=Decimal("0.1"))
    )
    for nth, other in enumerate(("RL-1", "RL-2")):
        kit = Kit(code=f"K-{nth}", name=f"Kit {nth}", leaflet="Begin.", made_at=clock.now(), made_by="Marian Cole")
        kit.parts = [KitPart(product_id=samples.loaded(session, sku).id) for sku in ("RL-0", other)]
        session.add(kit)
    raw = entries(revised("2027.1", today + timedelta(days=7), R_LEN_01=Decimal("0.15")))
    raw["rule"] = [rule for rule in raw["rule"] if rule["fact" if "fact" in rule else "id"] != "max_uses_declared"]
    made = samples_draft(session, raw)
    session.commit()
    page = admin.get(f"/admin/specifications/{made}/consequences").text
    falls = page[page.index('id="falls"') : page.index('id="passes"')]
    assert re.findall(r'data-sku="([^"]+)"', falls) == ["RL-1"]
    assert "a proof lapses before that day of Sample roller RL-0." in falls
    assert "Needles short enough for home use: at most 0.15 mm" in falls
    assert "£238.00" in falls
    assert re.findall(r'data-kit="([^"]+)"', falls) == ["K-0"]
    assert "<strong>Kit 0</strong> loses Sample roller RL-1." in falls
    assert "Sample roller RL-2" in falls, "what may be offered instead"
    assert "RL-3" in page[page.index('id="passes"') : page.index('id="pages"')]
    told = admin.get(f"/admin/exports/consequences?version={made}", buffered=True).text.splitlines()
    rows = {tuple(line.split(",")[1:3]) for line in told[1:]}
    assert rows == {
        ("falls", "RL-1"),
        ("kit loses a part", "K-0"),
        ("lapses before whatever is signed", "RL-0"),
        ("would pass", "RL-3"),
        *(("its page changes", sku) for sku in ("RL-0", "RL-1", "RL-2")),
    }


def samples_draft(session: Session, raw: dict[str, Any]) -> str:
    return publishing.draft_version(session, written(raw), "Why.", samples.ADMIN, clock.now()).version


@pytest.mark.parametrize(
    ("page", "most"),
    [("/admin/specifications", 5), (ADDRESS, 6), (RULE, 4), (f"{ADDRESS}/consequences", 16)],
)
def test_the_queries_of_a_page_do_not_grow(
    session: Session, draft: SpecificationVersion, admin: FlaskClient, count_queries: Any, page: str, most: int
) -> None:
    counts = []
    for start in (0, 2):
        stock_up(session, 2, start)
        with count_queries() as sent:
            assert admin.get(page).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= most


def test_another_note_to_the_clients_is_signed_anew(
    session: Session, draft: SpecificationVersion, admin: FlaskClient
) -> None:
    sign(admin)
    was = re.search(r'name="was"[^>]*value="(\w+)"', admin.get(ADDRESS).text)
    assert was is not None
    sent = {"version": "2027.1", "in_force_from": (clock.today() + timedelta(days=7)).isoformat(), "was": was[1]}
    assert (
        admin.post(ADDRESS, data={**sent, "reason": "Shorter.", "note": "We sell shorter ones now."}).status_code == 303
    )
    assert session.scalars(select(SpecificationSignature)).all() == []
    assert "We sell shorter ones now." in admin.get(ADDRESS).text
