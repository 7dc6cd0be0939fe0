"""Letters to the clients of a recall whom no mail reaches: who gets one and where it goes, the letters as one PDF to print, and
the press that says they were posted. Looking at the clients is noted in their journals, and so is the printing."""

from io import BytesIO

from flask import Response as File
from flask import abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from catalogue.journal import note
from storefront import clock
from storefront.admin import bp
from storefront.admin.recalls import PER_PAGE, done, note_reading, recall_or_404
from storefront.db import db, transaction
from storefront.orders import recall_board, recall_letters
from storefront.roles import ADMIN, open_to, signed_in

PHONE = "phone"


@bp.get("/recalls/<number>/letters")
@open_to(ADMIN)
def letters(number: str) -> str:
    recall_id = recall_board.id_of(number) or abort(404)
    note_reading(recall_board.notices_of(recall_id, PHONE))
    found = recall_or_404(number)
    page = db.paginate(recall_board.notices_of(recall_id, PHONE), per_page=PER_PAGE, max_per_page=PER_PAGE)
    places = recall_letters.last_places(notice.client_id for notice in page.items)
    now = clock.now()
    posted = {notice.client_id for notice in page.items if recall_letters.was_posted_on(notice, now)}
    return render_template("admin/recall_letters.html", recall=found, page=page, places=places, posted=posted)


@bp.get("/recalls/<number>/letters.pdf")
@open_to(ADMIN)
def letters_file(number: str) -> File:
    """The letters to the clients of one page of the list."""
    recall_id = recall_board.id_of(number) or abort(404)
    mine = recall_board.notices_of(recall_id, PHONE)
    note_reading(mine)
    found, now = recall_or_404(number), clock.now()
    some = db.paginate(mine, per_page=PER_PAGE, max_per_page=PER_PAGE).items
    drawn = recall_letters.draw_letters(found, some, now)
    with transaction():
        note(db.session(), "recall letters printed", "recall", number, signed_in(), now)
    name = f"letters-{number.lower()}.pdf"
    return send_file(BytesIO(drawn), mimetype="application/pdf", as_attachment=True, download_name=name)


@bp.post("/recalls/<number>/letters")
@open_to(ADMIN)
def post_letters(number: str) -> Response:
    recall_or_404(number)
    clients = [client.replace("\0", "")[:20] for client in request.form.getlist("client")]
    with transaction():
        posted = recall_letters.record_posted(number, clients, signed_in(), clock.now())
    if not posted:
        return done(number, "Their letters of today were noted before.", "soon")
    flash(f"{posted} {'letter is' if posted == 1 else 'letters are'} noted as posted, each as one attempt.")
    return redirect(url_for("admin.recall_page", number=number, show=PHONE) + "#clients", 303)
