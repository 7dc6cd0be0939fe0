"""Nobody reads a record over an empty chair: after the idle minutes every page of the practitioner waits for the password, and
shows no word about a client until then. What was being sent comes along and is done once the password is right."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from storefront import clock, roles
from storefront.accounts.confirming import is_password_of
from storefront.accounts.sessions import IDLE, is_present
from storefront.practitioner import bp
from storefront.practitioner.forms import PresenceForm
from storefront.roles import PRACTITIONER, open_to, signed_in

AWAY, WRONG = "You were away for more than five minutes.", "This is not your password."
LOCKS = ("practitioner.presence", "practitioner.return_to_the_screen")
NOT_CARRIED = {"csrf_token", "password"}


@bp.before_request
def only_who_is_there() -> ResponseReturnValue | None:
    who, now = roles.person(), clock.now()
    if who is None or who.role != PRACTITIONER or request.endpoint in LOCKS or is_present(now):
        return None
    if request.method != "POST":
        return redirect(url_for("practitioner.presence", next=request.full_path.rstrip("?")), 303)
    typed = request.form.get("password")
    if typed and is_password_of(who, typed, now):
        return None
    form = PresenceForm(formdata=None)
    form.password.errors = (WRONG if typed else AWAY,)
    return _locked(form, request.path, _carried()), 422


def _carried() -> list[tuple[str, str]]:
    """What was typed before the pause, to be sent again with the password; none of it is to be read on the page."""
    return [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED]


def _locked(form: PresenceForm, action: str, carried: list[tuple[str, str]]) -> str:
    return render_template("practitioner/locked.html", form=form, action=action, carried=carried)


@bp.get("/presence")
@open_to(PRACTITIONER)
def presence() -> Any:
    """Where a page goes by itself after the idle minutes; who worked on in another window is led straight back."""
    target = _own(request.args.get("next"))
    if is_present(clock.now()):
        return redirect(target, 303)
    return _locked(PresenceForm(formdata=None), url_for("practitioner.return_to_the_screen"), [("next", target)])


@bp.post("/presence")
@open_to(PRACTITIONER)
def return_to_the_screen() -> Any:
    form, target = PresenceForm(), _own(request.form.get("next"))
    if form.validate_on_submit():
        if is_password_of(signed_in(), form.password.data, clock.now()):
            return redirect(target, 303)
        form.password.errors = (WRONG,)
    return _locked(form, request.path, [("next", target)]), 422


def _own(target: str | None) -> str:
    """The page that was left, when it is one of the practitioner's."""
    home = url_for("practitioner.today")
    return target if target and target.startswith((f"{home}/", f"{home}?")) else home


@bp.app_context_processor
def lock() -> dict[str, Any]:
    """For every page of the practitioner: after how long, and to where, it leaves the screen by itself."""
    who = roles.person()
    if who is None or who.role != PRACTITIONER or request.blueprint != bp.name or request.endpoint in LOCKS:
        return {"lock_after": None}
    return {"lock_after": int(IDLE.total_seconds()), "lock_to": url_for("practitioner.presence", next=_left())}


def _left() -> str:
    """The page to come back to: a form that came back invalid has none of its own."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    number = (request.view_args or {}).get("number")
    return url_for("practitioner.client", number=number) if number else url_for("practitioner.today")
