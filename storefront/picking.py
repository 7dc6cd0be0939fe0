"""The part of a form in which allergies are named: what is typed is looked up and picked from names that products can be looked
through for. What nobody picked is kept as it was written, and waits for a practitioner: nothing that was typed is lost."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField, SubmitField
from wtforms.validators import Length

from catalogue.allergy_names import AllergyName, find_names
from storefront.plain_text import one_line

LONGEST = 200
MOST = 40  # names in one form


class AllergyPicker(FlaskForm):
    """`name` is being typed, `names` are picked, `looked` is what was looked up last and may be picked now."""

    name = StringField("Allergic to", [Length(max=LONGEST)], filters=[one_line])
    names = SelectMultipleField("Picked", choices=[], validate_choice=False)
    looked = HiddenField("Looked up", [Length(max=LONGEST)], filters=[one_line])
    look = SubmitField("Look it up")

    @property
    def picked(self) -> list[str]:
        return list(dict.fromkeys(name for name in map(one_line, self.names.data or []) if 0 < len(name) <= LONGEST))[
            :MOST
        ]

    @property
    def offered(self) -> tuple[AllergyName, ...]:
        """What the words that were looked up may mean; what is picked already is left out."""
        return tuple(each for each in find_names(self.looked.data or "") if each.name not in self.picked)

    def look_up(self) -> bool:
        """Whether somebody asked for names instead of sending the form; what was typed is then looked up. Words that no name
        is near are picked as they are."""
        if not self.look.data:
            return False
        self.names.data = self._kept
        self.looked.data, self.name.data = self.name.data, ""
        if self.looked.data and not find_names(self.looked.data):
            self.names.data = [*self.names.data, self.looked.data]
        return True

    @property
    def _kept(self) -> list[str]:
        """What was picked; and what was looked up, as it was written, where none of the names for it was picked."""
        offered = {each.name for each in find_names(self.looked.data or "")}
        is_open = bool(self.looked.data) and offered.isdisjoint(self.picked)
        return [*self.picked, self.looked.data] if is_open and self.looked.data else self.picked

    @property
    def told(self) -> list[str]:
        """All that was named: picked, looked up, or still being typed."""
        return list(dict.fromkeys([*self._kept, *filter(None, [self.name.data])]))
