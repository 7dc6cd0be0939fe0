"""Reading: one object or a page of them, with what was asked to be expanded."""

from typing import Any

from storefront.standin.errors import ApiError, no_such, wrong
from storefront.standin.store import Book, Thing

EXPANDABLE = {
    "checkout.session": ("payment_intent", "customer", "line_items"),
    "payment_intent": ("latest_charge", "customer", "payment_method"),
    "charge": ("payment_intent", "customer", "payment_method"),
    "refund": ("charge", "payment_intent"),
}
SPANS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def one(book: Book, kind: str, id_: str, param: str = "id") -> Thing:
    """The object, or 404 in Stripe's words."""
    found = book.find(kind, id_)
    if found is None:
        raise no_such(kind, id_, param)
    if kind == "charge":
        found["refunds"]["data"] = book.all("refund", charge=id_)
    return found


def expanded(book: Book, thing: Thing, paths: list[str]) -> Thing:
    """The object with whole objects where its paths name them. Refuses a path that cannot be expanded."""
    for path in paths:
        _expand(book, thing, path.split("."), path)
    return thing


def _expand(book: Book, thing: Thing, parts: list[str], path: str) -> None:
    name, *rest = parts
    if name not in EXPANDABLE.get(thing["object"], ()):
        raise wrong(f"This property cannot be expanded ({path}).", "expand")
    if name == "line_items":
        thing[name] = whole_list(
            book.hidden(thing["id"])["line_items"], f"/v1/checkout/sessions/{thing['id']}/line_items"
        )
    elif isinstance(thing[name], str):
        thing[name] = book.known(thing[name])
    if rest and thing[name]:
        _expand(book, thing[name], rest, path)


def whole_list(things: list[Thing], url: str) -> Thing:
    return {"object": "list", "data": things, "has_more": False, "url": url}


def page(book: Book, kind: str, url: str, asked: Thing, more: str = "", values: tuple[Any, ...] = ()) -> Thing:
    """A page in Stripe's manner, newest first, with its cursors. Filters are fields that must be equal."""
    limit = asked.get("limit", 10)
    if not 1 <= limit <= 100:
        raise wrong("Invalid limit: must be between 1 and 100", "limit")
    equal: Thing = {
        name: asked[name] for name in ("customer", "payment_intent", "status", "charge", "email") if name in asked
    }
    where, bound = _span(asked.get("created", {}))
    cursor, at = _cursor(book, kind, asked)
    found = book.page(kind, equal, more + where + cursor, [*values, *bound, *at], limit + 1)
    has_more = len(found) > limit
    found = found[1:] if has_more and "ending_before" in asked else found[:limit]
    inner = [path.removeprefix("data.") for path in asked.get("expand", [])]
    return {
        "object": "list",
        "data": [expanded(book, thing, inner) for thing in found],
        "has_more": has_more,
        "url": url,
    }


def _span(created: dict[str, int]) -> tuple[str, list[int]]:
    return "".join(f" AND created {SPANS[name]} ?" for name in created), list(created.values())


def _cursor(book: Book, kind: str, asked: Thing) -> tuple[str, list[int]]:
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in asked:
            row = book.sql.execute("SELECT seq FROM thing WHERE id = ? AND kind = ?", (asked[name], kind)).fetchone()
            if row is None:
                raise no_such(kind, asked[name], name)
            return f" AND seq {sign} ?", [row[0]]
    return "", []


def events(book: Book, asked: Thing) -> Thing:
    """Events, by type and by whether their delivery succeeded."""
    if "type" in asked and "types" in asked:
        raise ApiError("You may only specify one of these parameters: type, types.", began=False)
    more, values = "", []
    kinds = [asked["type"]] if "type" in asked else asked.get("types", [])
    if kinds:
        globs = " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in kinds)
        more, values = f" AND ({globs})", list(kinds)
    if "delivery_success" in asked:
        state = "NOT NULL" if asked["delivery_success"] else "NULL"
        more += f" AND id IN (SELECT event FROM delivery WHERE delivered_at IS {state})"  # noqa: S608 - two fixed words
    return page(book, "event", "/v1/events", asked, more, tuple(values))
