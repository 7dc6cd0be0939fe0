"""What every public page owes its reader: a title of its own, one heading, landmarks, and nothing the browser would refuse."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import StrictUndefined
from werkzeug.test import TestResponse

from config import ROOT
from storefront.front.stylesheet import FILES

PAGES = (
    "/", "/treatment", "/why-not-everyone", "/consultation", "/consultation/thank-you", "/reminder",
    "/privacy", "/terms", "/returns",
)  # fmt: skip
HEAVIEST = 60 * 1024


class Page(HTMLParser):
    """Tags with their attributes, and the text of title and headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: dict[str, list[str]] = {"title": [], "h1": []}
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)
        if tag in self.said:
            self.said[tag].append("")

    def handle_data(self, data: str) -> None:
        if self.inside and self.inside[-1] in self.said:
            self.said[self.inside[-1]][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def fetch(client: FlaskClient, address: str | None) -> TestResponse:
    """A file that the server hands over open is closed again."""
    with client.get(address, headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.data
        return answer


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    page = Page(answer.text)
    assert answer.status_code == 200
    assert len(page.said["h1"]) == len(page.said["title"]) == len(page.of("main")) == 1
    assert page.of("html")[0]["lang"] == "en-GB"
    assert page.of("a")[0]["href"] == "#main", "the skip link comes first"
    assert page.of("main")[0]["id"] == "main"


@pytest.mark.parametrize("path", [*PAGES, "/nowhere"])
def test_nothing_inline_that_the_policy_refuses(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path).text)
    assert not [tag for tag, attributes in page.tags if "style" in attributes or tag == "style"]
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert all(script.get("src") for script in page.of("script"))


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique_and_what_is_referred_to_exists(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path).text)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            assert set((attributes.get(name) or "").split()) <= set(ids)


def test_titles_differ(client: FlaskClient) -> None:
    titles = [Page(client.get(path).text).said["title"][0] for path in PAGES]
    assert len(set(titles)) == len(PAGES)


@pytest.mark.parametrize("path", PAGES)
def test_help_stands_on_every_page_at_the_same_place(client: FlaskClient, path: str) -> None:
    foot = client.get(path).text.partition('<footer class="footer">')[2]
    assert foot.index("tel:02079460000") < foot.index("/privacy")


@pytest.mark.parametrize("path", PAGES)
def test_a_visitors_page_asks_the_database_next_to_nothing(client: FlaskClient, count_queries: Any, path: str) -> None:
    with count_queries() as sent:
        client.get(path)
    assert len(sent) == (1 if path == "/" else 0), "only the first page tells of the rules in force"


def test_page_and_sheet_and_scripts_are_light(client: FlaskClient) -> None:
    page = Page(client.get("/").text)
    weight = len(client.get("/").data)
    for address in [link["href"] for link in page.of("link") if link["rel"] == "stylesheet"]:
        weight += len(fetch(client, address).data)
    for script in page.of("script"):
        weight += len(fetch(client, script["src"]).data)
    assert weight < HEAVIEST
    assert len(page.of("link")) + len(page.of("script")) + 1 <= 20


def test_everything_a_page_loads_is_there_and_may_be_kept(client: FlaskClient) -> None:
    page = Page(client.get("/").text)
    addresses = [link["href"] for link in page.of("link")] + [script["src"] for script in page.of("script")]
    for address in addresses:
        answer = fetch(client, address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address


def test_the_sheet_joins_every_component_file_and_all_it_names_exists(app: Flask, client: FlaskClient) -> None:
    text = client.get("/assets/shop.css").text
    assert {path.stem for path in (ROOT / "static" / "css").glob("*.css")} == set(FILES)
    for address in re.findall(r'url\("\.\./(.+?)"\)', text):
        assert fetch(client, f"/{address}").status_code == 200
    assert "no-store" in client.get("/assets/shop.css?v=old").headers["Cache-Control"]


def test_every_template_compiles_and_undefined_names_fail(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    for name in app.jinja_env.list_templates():
        assert app.jinja_env.get_template(name)


def test_a_form_that_expired_shows_what_was_typed(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = client.post("/consultation", data={"name": "Ada <3", "csrf_token": "old", "password": "secret"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code == 400
    assert "Ada &lt;3" in answer.text
    assert "secret" not in answer.text


def test_the_treatment_is_explained_honestly(client: FlaskClient) -> None:
    """Each item that the clinic asked to be said before anybody books."""
    text = " ".join(re.sub(r"<[^>]+>", " ", client.get("/treatment").text).split()).lower()
    for said in (
        *("acne scars", "fine lines", "stretch marks", "pigmentation", "rosacea", "ageing skin"),
        *("a session takes", "we never sell it", "an occasional point of bleeding, no more", "track marks"),
        *("treated too hard", "within 30 to 60 minutes", "sun protection every day", "mineral make-up"),
        *("3 treatments, 6 to 8 weeks apart", "who should not have it", "isotretinoin", "keloid", "pregnant", "lupus"),
        *("why a home roller comes after the course", "nobody can promise you a result", "under 18"),
    ):
        assert said in text, said
