"""The only room that knows Stripe; has the webhook."""

from flask import Blueprint, current_app

from storefront.payments.stripe_api import StripeApi

bp = Blueprint("payments", __name__)
EXTENSION = "stripe"


def api() -> StripeApi:
    """Stripe as the settings name it, or the stand-in; made once per application."""
    if EXTENSION not in current_app.extensions:
        settings = current_app.config["SETTINGS"]
        address = settings.stripe_api_url if settings.uses_standin else None
        current_app.extensions[EXTENSION] = StripeApi(settings.stripe_secret_key, address)
    made: StripeApi = current_app.extensions[EXTENSION]
    return made
