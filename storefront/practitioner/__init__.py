"""Pages for the practitioner."""

from flask import Blueprint

bp = Blueprint("practitioner", __name__, url_prefix="/practitioner")
