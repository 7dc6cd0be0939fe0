"""The only room that knows Stripe; has the webhook."""

from flask import Blueprint

bp = Blueprint("payments", __name__)
