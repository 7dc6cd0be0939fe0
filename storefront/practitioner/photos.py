"""Pictures of a client's skin at the desk: added, seen side by side, each look noted; and the papers that are kept under seal."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, url_for
from sqlalchemy import select

from catalogue.pictures import FORMATS
from storefront import clock
from storefront.db import db, transaction
from storefront.eligibility import actions
from storefront.eligibility.consent_models import SealedFile
from storefront.eligibility.consent_records import consent_for, open_file, photos_of
from storefront.eligibility.consent_rules import by_view
from storefront.eligibility.models import Client
from storefront.eligibility.photos import PHOTO_LIMITS
from storefront.files import hand_out
from storefront.practitioner import bp
from storefront.practitioner.desk import PICTURE, client_id_of, note_looks, read_record, record_of
from storefront.practitioner.forms import PhotoForm
from storefront.practitioner.pictures import age_on
from storefront.roles import PRACTITIONER, open_to, signed_in


@bp.get("/clients/<number>/photos")
@open_to(PRACTITIONER)
def photos(number: str) -> str:
    return _photos_page(read_record(number), None)


def _photos_page(client: Client, form: PhotoForm | None) -> str:
    today = clock.today()
    return render_template(
        "practitioner/photos.html",
        client=client,
        age=age_on(client.born_on, today),
        form=form or PhotoForm(formdata=None, taken_on=today),
        consent=consent_for(client.id, "photos", today),
        may_be_shown=consent_for(client.id, "publication", today),
        views=by_view(photos_of(client.id)),
        limits=PHOTO_LIMITS,
    )


@bp.post("/clients/<number>/photos")
@open_to(PRACTITIONER)
def add_photo(number: str) -> Any:
    client_id, form, now = client_id_of(number), PhotoForm(), clock.now()
    if not form.validate_on_submit():
        return _photos_page(read_record(number), form), 422
    content, taken_on, today = form.picture.data.read(), form.taken_on.data, clock.day_of(now)
    with transaction():
        actions.add_photo(client_id, content, form.moment.data, form.view.data, taken_on, signed_in(), today, now)
    flash("The picture is kept, encrypted.")
    return redirect(url_for("practitioner.photos", number=number), 303)


@bp.get("/clients/<number>/files/<token>")
@open_to(PRACTITIONER)
def file(number: str, token: str) -> Response:
    """A picture in the page, a paper to be saved; the look is noted. 404 for another client's, and for what is destroyed."""
    client = record_of(number)
    media_type, content = open_file(client.id, token) or abort(404)
    with transaction():
        note_looks((PICTURE, client))
    is_picture = media_type in FORMATS
    return hand_out(content, media_type, "picture" if is_picture else "paper.pdf", is_saved=not is_picture)


@bp.get("/clients/<number>/paper")
@open_to(PRACTITIONER)
def paper(number: str) -> Any:
    """The copy of the papers from which a course was taken over."""
    client = record_of(number)
    kept = [course.paper_id for course in client.courses if course.paper_id is not None]
    token = db.session.scalar(select(SealedFile.token).where(SealedFile.id.in_(kept)).order_by(SealedFile.id.desc()))
    return redirect(url_for("practitioner.file", number=number, token=token), 303) if token else abort(404)
