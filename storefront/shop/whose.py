"""Whose page it is: every row of this face is fetched with its owner, so that another client's is simply not there."""

from flask import abort
from sqlalchemy import select

from storefront.db import db
from storefront.eligibility.models import Client
from storefront.eligibility.records import client_of
from storefront.roles import signed_in


def my_client_id() -> int:
    found = db.session.scalar(select(Client.id).where(Client.account_id == signed_in().id))
    if found is None:
        abort(404)
    return found


def my_record() -> Client:
    """The client with all that the gate reads."""
    found = client_of(signed_in().id or 0)
    if found is None:
        abort(404)
    return found
