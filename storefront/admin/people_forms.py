"""The form by which a practitioner's training certificate is put on record."""

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from catalogue.documents import LIMITS
from storefront.admin.forms import is_document


class QualificationForm(FlaskForm):
    email = SelectField("Practitioner", [DataRequired("Whose certificate is it?")])
    title = StringField("What it says", [DataRequired("Write its title."), Length(max=200)])
    registration = StringField("Number in the register", [Length(max=60)])
    expires_on = DateField("Its last day", [InputRequired("Until when does it hold?")])
    document = FileField("The document", [DataRequired("Add the certificate itself."), is_document], description=LIMITS)
