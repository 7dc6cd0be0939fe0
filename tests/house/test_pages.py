"""Every address and every template: who may open it, how it is written, and that it can be drawn at all."""

import re

import pytest
from flask import Flask
from jinja2 import nodes
from werkzeug.routing import Rule

from storefront.roles import ADMIN, CLIENT, EVERYONE, PRACTITIONER
from tests.house import code

ROLES = {EVERYONE, CLIENT, PRACTITIONER, ADMIN}
KEBAB = re.compile(r"(/([a-z0-9]+(-[a-z0-9]+)*|<(\w+:)?\w+>))*/?(\.(css|svg|json|txt|pdf))?")
PAGES = [name for name in code.files(".html") if name.startswith("templates/")]
POSTED = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.S | re.I)


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    said = {rule.rule: set(getattr(app.view_functions[rule.endpoint], "open_to", ())) for rule in routes(app)}
    assert len(said) > 5
    assert [path for path, roles in said.items() if not roles or not roles <= ROLES] == []


def test_every_path_is_in_kebab_case(app: Flask) -> None:
    assert [rule.rule for rule in routes(app) if not KEBAB.fullmatch(rule.rule)] == []


def test_no_address_holds_a_row_id(app: Flask) -> None:
    """Twenty digits break SQLite, and ids tell how many there are; a count within a noun (nth) is none."""
    assert [rule.rule for rule in routes(app) if re.search("<int:(?!nth>)", rule.rule)] == []


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates(extensions=["html", "txt"])
    assert {app.jinja_env.get_template(name).name for name in names} >= {
        name.removeprefix("templates/") for name in PAGES
    }


# A mail is drawn elsewhere, where no stylesheet of ours can be asked for; on the desk its one style is let in by its hash.
UNDER_THE_POLICY = [name for name in PAGES if name != "templates/mail/_page.html"]


@pytest.mark.parametrize("name", UNDER_THE_POLICY)
def test_no_template_carries_style_or_script_of_its_own(name: str) -> None:
    """The content security policy forbids both; what search engines read is no script, although its element is called so."""
    own = r"<style|\sstyle=|\son\w+=|<script(?! type=\"application/ld\+json\">)(?![^>]*\ssrc=)"
    assert re.search(own, code.text(name)) is None


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_changes_something_carries_its_token(name: str) -> None:
    forms = POSTED.findall(code.text(name))
    assert [form[:80] for form in forms if not re.search(r"csrf|hidden_tag|token", form)] == []


def test_every_imported_macro_is_used(app: Flask) -> None:
    unused = []
    for name in PAGES:
        source = code.text(name)
        for found in app.jinja_env.parse(source).find_all((nodes.FromImport, nodes.Import)):
            names = [found.target] if isinstance(found, nodes.Import) else found.names
            named = [one if isinstance(one, str) else one[1] for one in names]
            unused += [f"{name}: {one}" for one in named if len(re.findall(rf"\b{one}\b", source)) < 2]
    assert unused == []
