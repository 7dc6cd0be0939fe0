"""What the shop has written to people: found, read as it went out, sent once more, and noted as come back. A link that opens
somebody's account is never shown here, nor what a client alone may read."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from catalogue import journal
from storefront import clock
from storefront.admin import bp
from storefront.admin.forms import ReasonForm
from storefront.db import db, transaction
from storefront.files import BOX
from storefront.messages import log, markup
from storefront.messages.kinds import kinds
from storefront.messages.models import Message
from storefront.roles import ADMIN, open_to, signed_in

PER_PAGE = 50
FILTERS = ("q", "state", "kind")


@bp.get("/messages")
@open_to(ADMIN)
def messages() -> str:
    page = db.paginate(listed(request.args), per_page=PER_PAGE, max_per_page=PER_PAGE)
    chosen = {name: request.args.get(name, "")[:100].strip() for name in FILTERS}
    states = [(code, words) for code, (words, _) in log.STATES.items()]
    told: dict[str, Any] = {"states": states, "kinds": [(kind.code, kind.title) for kind in kinds().values()]}
    return render_template("admin/messages.html", page=page, chosen=chosen, titles=titles(), **told)


def listed(arguments: MultiDict[str, str]) -> Select[Message]:
    """The mails that an address asks for; the page and its export read the same."""
    return log.mails(*(arguments.get(name, "")[:100].strip() for name in FILTERS))


def titles() -> dict[str, str]:
    return {kind.code: kind.title for kind in kinds().values()}


@bp.get("/messages/<reference>")
@open_to(ADMIN)
def message(reference: str) -> str:
    return message_page(mail_or_404(reference), ReasonForm(formdata=None))


def message_page(mail: Message, form: ReasonForm) -> str:
    kind = kinds().get(mail.kind)
    told: dict[str, Any] = {
        "kind": kind,
        "text": "" if kind is None or kind.private else markup.without_private_links(mail.text),
        "repeats": db.session.get(Message, mail.again_id) if mail.again_id else None,
        "repeated": db.session.scalars(select(Message).where(Message.again_id == mail.id).order_by(Message.id)).all(),
        "entries": journal.entries_of(db.session(), "message", mail.reference),
    }
    return render_template("admin/message.html", mail=mail, form=form, **told)


@bp.get("/messages/<reference>/page")
@open_to(ADMIN)
def message_as_page(reference: str) -> Response:
    """The mail as a program shows it that draws pages, in a box in which nothing runs and no address is asked."""
    mail = mail_or_404(reference)
    kind = kinds().get(mail.kind)
    if kind is None or kind.private:
        abort(404)
    answer = Response(markup.page_of(mail.subject, markup.without_private_links(mail.text)))
    answer.headers["Content-Security-Policy"] = f"{BOX}; style-src '{markup.STYLE_HASH}'"
    return answer


@bp.post("/messages/<reference>/repetition")
@open_to(ADMIN)
def repeat_message(reference: str) -> Any:
    mail = mail_or_404(reference)
    with transaction():
        same = log.send_again(mail, signed_in(), clock.now()).reference
    flash("It is sent again, as a mail of its own.")
    return redirect(url_for("admin.message", reference=same), 303)


@bp.post("/messages/<reference>/return")
@open_to(ADMIN)
def return_message(reference: str) -> Any:
    mail, form = mail_or_404(reference), ReasonForm()
    if not form.validate_on_submit():
        return message_page(mail, form), 422
    with transaction():
        log.note_came_back(mail, form.why.data or "", signed_in(), clock.now())
    flash("Noted: it did not arrive.")
    return redirect(url_for("admin.message", reference=reference), 303)


def mail_or_404(reference: str) -> Message:
    return log.mail_of(reference) or abort(404)
