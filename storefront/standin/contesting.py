"""Stripe's paths for disputes: read, list, answer, accept."""

from flask import Response, request

from storefront.standin import disputes, params
from storefront.standin.api import v1
from storefront.standin.asking import read, store, write
from storefront.standin.lists import expanded, one, page
from storefront.standin.store import Thing


@v1.get("/disputes/<id_>")
def read_dispute(id_: str) -> Thing:
    asked = read(params.EXPAND)
    with store().reading() as book:
        return expanded(book, one(book, "dispute", id_), asked.get("expand", []))


@v1.get("/disputes")
def list_disputes() -> Thing:
    asked = read(params.DISPUTE_LIST)
    with store().reading() as book:
        return page(book, "dispute", request.path, asked)


@v1.post("/disputes/<id_>")
def answer_dispute(id_: str) -> Response:
    return write(params.DISPUTE_UPDATE, lambda book, given: disputes.answer(book, one(book, "dispute", id_), given))


@v1.post("/disputes/<id_>/close")
def accept_dispute(id_: str) -> Response:
    return write(params.EXPAND, lambda book, _given: disputes.end(book, one(book, "dispute", id_), "lost"))
