"""Two people with one dossier open: the second gets back what they typed, beside what the first one saved, and decides."""

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from catalogue import drafts
from catalogue.dossiers import Dossier
from storefront import clock
from tests.catalogue import samples
from tests.storefront.admin.test_dossier_preview import PREVIEW, value
from tests.storefront.admin.test_dossiers import changed_form

ADDRESS = "/admin/products/RL-020/dossier"


def opened(session: Session, **changed: object) -> dict[str, Any]:
    """The form as its page gives it, with some fields typed over."""
    session.expire_all()
    return changed_form(session, "RL-020", **changed)


def given(page: str) -> dict[str, Any]:
    """What a browser would send of the page as it stands."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, kept = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name and 'type="file"' not in tag:
            fields[name[1]] = unescape(kept[1]) if kept else ""
    fields |= {n: unescape(text.strip()) for n, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)<', page)}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        fields[name] = unescape(chosen[1]) if chosen else ""
    return fields


def clashing(page: str) -> list[str]:
    return re.findall(r'data-clash="([^"]+)"', page)


def kept(session: Session) -> Dossier:
    session.expire_all()
    return drafts.dossier_of(samples.loaded(session, "RL-020"))


def test_the_second_of_two_gets_theirs_beside_what_they_typed(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    papers = kept(session).evidence
    mine = opened(session, price="99.00", brand="Mine", fact_needle_diameter="0.24", **{"evidence-0-title": "Mine"})
    theirs = {"price": "40.00", "manufacturer": "Theirs", "fact_needle_diameter": "0.23"}
    admin.post(ADDRESS, data=opened(session, **theirs, **{"evidence-0-title": "Theirs", "evidence-1-page": "7"}))
    answer = admin.post(ADDRESS, data=mine)
    page = answer.text
    assert answer.status_code == 409
    assert clashing(page) == ["price", "needle_diameter", f"document {papers[0].reference} ({papers[0].proof})"]
    assert "40 GBP" in page or "40.00 GBP" in page
    assert [value(page, name) for name in ("price", "brand", "fact_needle_diameter")] == ["99.00", "Mine", "0.24"]
    assert value(page, "manufacturer") == "Theirs"
    assert str(kept(session).facts["needle_diameter"]) == "0.23"

    page = admin.post(PREVIEW, data=given(page) | {"theirs": "price"}).text
    assert (value(page, "price"), clashing(page)[0]) == ("40.00", "needle_diameter")
    assert admin.post(ADDRESS, data=given(page)).status_code == 303
    after = kept(session)
    assert (after.brand, after.manufacturer, str(after.facts["needle_diameter"])) == ("Mine", "Theirs", "0.24")
    assert after.price is not None
    assert after.price.minor == 4000
    assert (after.evidence[0].title, after.evidence[1].page) == ("Mine", "7")
    assert [e.sha256 for e in after.evidence] == [e.sha256 for e in papers]
    assert [sorted(e.covers) for e in after.evidence] == [sorted(e.covers) for e in papers]


def test_a_change_of_the_head_alone_is_not_overwritten(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    mine = opened(session, name="Mine", summary="A text of mine")
    admin.post(ADDRESS, data=opened(session, name="Theirs", summary="A text of theirs"))
    answer = admin.post(ADDRESS, data=mine)
    assert answer.status_code == 409
    assert clashing(answer.text) == ["name", "text on the product page"]


def test_a_document_that_they_took_away_or_brought_follows(session: Session, admin: FlaskClient) -> None:
    samples.on_sale(session, today=clock.today())
    papers = kept(session).evidence
    gone = {name: "" if text == "1" else text for name, text in opened(session).items() if name.startswith("by_")}
    mine, touched = opened(session, brand="Mine"), opened(session, **{"evidence-0-title": "Mine"})
    admin.post(ADDRESS, data=opened(session, **{"evidence-0-proof": ""}, **gone))
    assert len(kept(session).evidence) == len(papers) - 1
    page = admin.post(ADDRESS, data=mine).text
    assert clashing(page) == []
    assert admin.post(ADDRESS, data=given(page)).status_code == 303
    assert [e.reference for e in kept(session).evidence] == [e.reference for e in papers[1:]]
    page = admin.post(ADDRESS, data=touched).text
    assert clashing(page) == [f"document {papers[0].reference} ({papers[0].proof})"]
    assert admin.post(ADDRESS, data=given(page)).status_code == 303
    assert kept(session).evidence[0].title == "Mine"
    assert kept(session).evidence[0].sha256 == papers[0].sha256
