"""What the practitioner reads of a session in the picture of a course, and how old a client is. The words are the clinic's."""

from datetime import date

from storefront.eligibility.models import Treatment
from storefront.eligibility.product_rules import in_mm

BLEEDING = {"none": "no bleeding", "occasional": "occasional bleeding", "more": "more than occasional bleeding"}


def age_on(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def told_of(treatment: Treatment) -> str:
    told = [in_mm(treatment.needle_um), BLEEDING[treatment.bleeding]]
    told += ["track marks"] if treatment.track_marks else []
    told += [f"settled in {treatment.minutes_to_settle} min"] if treatment.minutes_to_settle else []
    told += ["reaction noted"] if treatment.reactions.strip() else []
    told += ["corrected"] if treatment.replaces_id else []
    told += [f"by {treatment.practitioner_name}"] if treatment.practitioner_name else []
    return ", ".join(told)
