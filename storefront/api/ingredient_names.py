"""The names under which an allergy may be kept, for whoever is typing one. Asked with POST, so that no health word stands in an
address; nothing is written down."""

from flask import Response, jsonify, request

from catalogue.allergy_names import find_names
from storefront.api import bp
from storefront.roles import CLIENT, PRACTITIONER, open_to

LONGEST = 200


@bp.post("/api/ingredient-names")
@open_to(CLIENT, PRACTITIONER)
def ingredient_names() -> Response:
    found = find_names(request.form.get("name", "")[:LONGEST])
    return jsonify(names=[{"name": each.name, "words": each.words} for each in found])
