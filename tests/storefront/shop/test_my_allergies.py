"""A client names their allergies: looked up without a script, kept as written where no list holds them, and what holds one is
refused by the ingredient's name wherever it might be bought."""

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalogue.products import Product
from storefront.db import transaction
from storefront.eligibility.allergy_rules import Read
from storefront.eligibility.models import Allergy, Answer, Client
from storefront.orders import stopping
from tests.storefront.orders import world

Browsers = Callable[..., FlaskClient]


def on_record(session: Session, client: Client) -> list[tuple[str, bool]]:
    rows = session.scalars(select(Allergy).where(Allergy.client_id == client.id).order_by(Allergy.id))
    return [(row.name, row.needs_reading) for row in rows]


def test_an_allergy_is_looked_up_picked_and_refused_by_name(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    mine.post("/basket/lines", data={"sku": "RL-020", "quantity": "1"})
    page = mine.post("/care/allergies", data={"name": "nikkel", "look": "1"}).text
    assert 'name="names" value="nickel"' in page
    assert "If none is ticked, we keep what was written" in page
    page = mine.post(
        "/care/allergies", data={"names": "nickel", "name": "almonds", "looked": "nikkel", "look": "1"}
    ).text
    assert 'value="nickel" checked' in page
    assert 'name="names" value="nuts"' in page
    empty = mine.post("/care/allergies", data={})
    assert (empty.status_code, on_record(session, mara)) == (422, [])
    answer = mine.post("/care/allergies", data={"names": ["nickel", "nuts"], "looked": "almonds"})
    assert (answer.status_code, answer.location) == (303, "/care/allergies")
    assert on_record(session, mara) == [("nickel", False), ("nuts", False)]
    assert mine.get(answer.location).text.count("every product is looked through for it") == 2
    slug = session.scalars(select(Product.slug).where(Product.sku == "RL-020")).one()
    for place in (f"/products/{slug}", "/basket"):
        told = mine.get(place).text
        assert 'data-reason="allergen"' in told, place
        assert "needles of ISO 5832-1 (your allergy to nickel)" in told, place
        assert "only your practitioner may find that it is none" in told, place
    assert 'data-reason="allergen"' in mine.get("/checkout").text
    page = mine.get("/care").text
    assert "needles of ISO 5832-1 (your allergy to nickel)" in page
    assert "Put in the basket" not in page


def test_what_no_list_holds_is_kept_as_written_and_waits(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    page = mine.post("/care/allergies", data={"name": "qqq plaster", "look": "1"}).text
    assert 'value="qqq plaster" checked' in page
    assert "No list of ours holds “qqq plaster”." in page
    assert 'name="looked"' not in page
    mine.post("/care/allergies", data={"names": "qqq plaster"})
    mine.post("/care/allergies", data={"looked": "almonds", "name": "zzz dust"})
    assert on_record(session, mara) == [("qqq plaster", True), ("almonds", False), ("zzz dust", True)]
    page = mine.get("/care").text
    assert page.count('data-reason="contraindication"') == 2
    assert "“zzz dust”, a name that no list of ours holds" in page
    with transaction():
        doctor = world.practitioner()
        for row in session.scalars(select(Allergy).where(Allergy.needs_reading)).all():
            read = Read("elsewhere", "asked her: it is in nothing that we sell")
            stopping.read_allergy(mara.id, row.id, read, doctor, world.TODAY, world.NOW)
    assert 'data-reason="contraindication"' not in mine.get("/care").text
    assert "it is in nothing that we sell" in mine.get("/care/allergies").text


def test_the_safety_questions_take_names_with_them(browser: Browsers, mara: Client, session: Session) -> None:
    mine = browser()
    page = mine.post("/care/screening", data={"C-CON-02": "yes", "C-CON-07": "yes", "C-CON-07-detail": "chin",
                                              "name": "pantenol", "look": "1"})  # fmt: skip
    assert page.status_code == 200
    for kept in ('value="chin"', 'name="names" value="panthenol"', 'name="C-CON-02" type="radio" value="yes"'):
        assert kept in page.text
    answer = mine.post("/care/screening", data={"C-CON-02": "not_sure", "names": "panthenol", "looked": "pantenol"})
    assert answer.status_code == 303
    last = session.scalars(select(Answer).order_by(Answer.id.desc()).limit(1)).one()
    assert (last.condition, last.answer, last.detail) == ("C-CON-02", "not_sure", "panthenol")
    assert last.asked.startswith("Are you allergic to a metal")
    assert on_record(session, mara) == [("panthenol", False)]
    nothing = mine.post("/care/screening", data={})
    assert (nothing.status_code, 'data-reason="unanswered"' in nothing.text) == (409, True)


def test_names_are_offered_to_clients_while_they_type(browser: Browsers, tom: Client) -> None:
    theirs = browser("tom@example.org")
    told = theirs.post("/api/ingredient-names", data={"name": "glicerrine"}).json
    assert told == {"names": [{"name": "glycerin", "words": "glycerin (glycerine)"}]}
