"""Pages for visitors."""

from flask import Blueprint

bp = Blueprint("front", __name__)
