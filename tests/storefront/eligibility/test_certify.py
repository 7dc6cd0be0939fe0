"""A real shop's first practitioner: an account and a certificate from the command line, and nothing to sign without it."""

from datetime import date

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from storefront.cli import staff
from storefront.eligibility.models import Qualification
from storefront.eligibility.rules import may_sign
from tests.storefront.eligibility import people


def test_a_practitioner_signs_until_the_last_day_of_the_certificate(app: Flask, session: Session) -> None:
    petra = people.account("Petra Practitioner", "practitioner")
    session.commit()
    told = ["certify", petra.email, "--until", "2027-01-31", "--title", "Needling", "--registration", "NMC 1"]
    ran = app.test_cli_runner().invoke(staff, told)
    assert ran.exit_code == 0, ran.output
    kept = session.scalars(select(Qualification)).all()
    assert [(each.account_id, each.title, each.registration) for each in kept] == [(petra.id, "Needling", "NMC 1")]
    assert may_sign(kept, date(2027, 1, 31)).is_yes
    assert may_sign(kept, date(2027, 2, 1)).codes == ("not-qualified",)
    assert may_sign([], date(2027, 1, 31)).codes == ("not-qualified",)


def test_nobody_else_has_a_certificate_on_record(app: Flask, session: Session) -> None:
    admin = people.account("Ada Admin", "admin")
    session.commit()
    for email in (admin.email, "nobody@clinic.example"):
        ran = app.test_cli_runner().invoke(staff, ["certify", email, "--until", "2027-01-31", "--title", "x"])
        assert ran.exit_code == 1
        assert "Error" in ran.output
    assert session.scalars(select(Qualification)).all() == []
