"""The web door: builds the application from its settings, registers every face, and sets what each answer carries."""

import hashlib
import importlib
import pkgutil
from functools import cache
from types import ModuleType
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request, url_for
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import storefront.accounts.devices
import storefront.accounts.keys
import storefront.accounts.models
import storefront.eligibility.consent_models
import storefront.eligibility.models
import storefront.messages.models
import storefront.orders.basket_models
import storefront.orders.dispute_models
import storefront.orders.edit_models
import storefront.orders.finding
import storefront.orders.home_models
import storefront.orders.invoice_models
import storefront.orders.kit_models
import storefront.orders.models
import storefront.orders.recall_models
import storefront.orders.return_models
import storefront.orders.stop_models
import storefront.payments.models  # noqa: F401  every table is known once the app is built
from config import LOOPBACK, ROOT, Settings, read_settings
from storefront import admin, api, errors, front, payments, practitioner, roles, shop
from storefront.accounts import sessions
from storefront.db import db
from storefront.door import LARGEST_REQUEST, Door
from storefront.front import demo
from storefront.orders.delivery_terms import load_terms

FACES = (front, shop, practitioner, admin, api, payments)
LONGEST_PAGE_NUMBER = 9  # digits; more would not fit into a database's whole number
TWO_YEARS = 63072000
STATEMENTS = 2000  # kept compiled; the shop asks in more ways than SQLAlchemy's own 500
csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """The shop as a WSGI application. Raises WrongSettings when a setting is missing or wrong."""
    settings = settings or read_settings()
    app = Flask("storefront", root_path=str(ROOT))
    configure(app, settings)
    load_terms(settings.clinic_delivery)  # what may not be sent where stops the start
    if settings.proxies:  # tries are counted by address, and the proxy's is not the client's
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0)  # type: ignore[method-assign]
    db.init_app(app)
    app.before_request(known_host)
    app.before_request(readable_address)
    csrf.init_app(app)
    csrf.exempt(payments.bp)  # Stripe signs what it sends
    errors.register(app)
    app.before_request(sessions.recognise)
    app.after_request(secure)
    for face in FACES:
        register(app, face)
    if settings.demo:
        from storefront.demo import clinic  # a real shop never reads the demo's people

        app.config["DEMO_PASSWORD"] = clinic.PEOPLE["password"]
        app.register_blueprint(demo.bp)
    return app


def create_door() -> Door:
    """The shop as the web server starts it."""
    return Door(create_app())


def configure(app: Flask, settings: Settings) -> None:
    is_https = settings.base_url.startswith("https://")
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "query_cache_size": STATEMENTS},
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, settings=settings, person=roles.person)


def register(app: Flask, face: ModuleType) -> None:
    """Imports each journey of a face, so that its routes are known, then mounts the face."""
    for module in pkgutil.iter_modules(face.__path__):
        importlib.import_module(f"{face.__name__}.{module.name}")
    app.register_blueprint(face.bp)


def known_host() -> None:
    """Refuses (400) a Host that is neither the shop's nor this machine's, so that no page repeats a stranger's address."""
    host = urlsplit(f"//{request.host}").hostname
    if host not in LOOPBACK | {urlsplit(current_app.config["SETTINGS"].base_url).hostname}:
        abort(400)


def readable_address() -> None:
    """404 for an address that no link of the shop has: a character that no database keeps, a page number beyond counting."""
    asked = [request.path, *(value for values in request.args.listvalues() for value in values)]
    if any("\0" in text for text in asked) or len(request.args.get("page", "")) > LONGEST_PAGE_NUMBER:
        abort(404)


@cache
def fingerprint(path: str) -> str:
    return hashlib.sha256((ROOT / "static" / path).read_bytes()).hexdigest()[:12]


def asset(path: str) -> str:
    """The address of a static file with its hash, so that it may be kept for a year."""
    return url_for("static", filename=path, v=fingerprint(path))


def secure(response: Response) -> Response:
    """The headers of every answer; pages of a signed-in person are never kept."""
    settings: Settings = current_app.config["SETTINGS"]
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        f"form-action 'self' {settings.payment_page}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    headers["Strict-Transport-Security"] = f"max-age={TWO_YEARS}; includeSubDomains"
    _keep(response)
    return response


def _keep(response: Response) -> None:
    """A fingerprinted file may be kept for a year; a page never, because somebody's care may be on it. A view may say otherwise."""
    is_file = request.endpoint == "static" and response.status_code < 400
    if is_file and ("v" in request.args or request.path.endswith(".woff2")):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif not is_file:
        response.headers.setdefault("Cache-Control", "no-store")
