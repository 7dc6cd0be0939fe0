"""Doing: what changes a client's record, each verb once; they live beside their noun and are called from here."""

from datetime import date, datetime

from catalogue import journal
from catalogue.journal import Who
from catalogue.verdicts import Refused
from storefront.accounts.models import Account
from storefront.db import db
from storefront.eligibility.allergies import add_allergy, read_allergy
from storefront.eligibility.approvals import defer_approval, grant_approval, withdraw_approval
from storefront.eligibility.consents import sign_consent, withdraw_consent
from storefront.eligibility.courses import (
    complete_course,
    correct_treatment,
    decide_gap,
    explain_gap,
    open_course,
    record_treatment,
    see_skin,
    take_over_course,
)
from storefront.eligibility.models import Client, Qualification
from storefront.eligibility.photos import add_photo
from storefront.eligibility.reactions import add_reaction_photo, close_reaction, report_reaction
from storefront.eligibility.screenings import Given, answer_screening, clear_answer
from storefront.eligibility.signatures import note
from storefront.eligibility.taking_back import take_back_decision
from storefront.eligibility.treatments import AreaTold, TopicalTold, TreatmentTold

FIRST_NUMBER = 1000

__all__ = [
    "AreaTold", "Given", "TopicalTold", "TreatmentTold", "add_allergy", "add_photo", "add_reaction_photo",
    "answer_screening", "clear_answer", "close_reaction", "complete_course", "correct_treatment", "decide_gap",
    "defer_approval", "explain_gap", "grant_approval", "open_course", "read_allergy", "record_qualification",
    "record_treatment", "register_client", "report_reaction", "see_skin", "sign_consent", "take_back_decision",
    "take_over_course",
    "withdraw_approval", "withdraw_consent",
]  # fmt: skip


def register_client(account: Account, born_on: date, by: Who, now: datetime, phone: str = "") -> Client:
    """Begins the record of an account's person; the number follows from the account's, so that two at once never meet."""
    client = Client(
        account_id=account.id,
        number=f"C-{FIRST_NUMBER + account.id}",
        name=account.name,
        email=account.email,
        phone=phone.strip(),
        born_on=born_on,
        created_at=now,
    )
    db.session.add(client)
    db.session.flush()
    note("client registered", client, by, now)
    return client


def record_qualification(
    account: Account,
    title: str,
    registration: str,
    expires_on: date,
    by: Who,
    now: datetime,
    document_sha256: str | None = None,
) -> Qualification:
    """Puts a practitioner's training certificate on record, with the document that shows it; `expires_on` is its last day.
    Refuses for anybody else."""
    if account.role != "practitioner":
        raise Refused.because("not-a-practitioner", "Only practitioners have a training certificate on record.")
    found = Qualification(account_id=account.id, title=title, registration=registration, expires_on=expires_on)
    found.document_sha256, found.entered_by = document_sha256, by.name
    db.session.add(found)
    db.session.flush()
    journal.note(db.session(), "certificate put on record", "account", account.id, by, now, until=expires_on)
    return found
