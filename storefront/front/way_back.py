"""Where somebody goes after signing in: back to where they were going, but only to a path of this shop."""

import re

from catalogue.journal import Who
from storefront.front import bp
from storefront.roles import ADMIN, CLIENT, PRACTITIONER

HOMES = {CLIENT: "/care", PRACTITIONER: "/practitioner", ADMIN: "/admin"}
LONGEST = 500
# One slash and no second one, no backslash, no space or control sign: browsers read "/\evil" and "/<tab>/evil" as "//evil".
OWN_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")


def own_path(target: str | None) -> str:
    """The target when it is a path of this shop, else nothing."""
    is_own = target is not None and len(target) <= LONGEST and OWN_PATH.fullmatch(target) is not None
    leads_out = (target or "").startswith(("/sign-in", "/sign-out"))
    return target if target and is_own and not leads_out else ""


@bp.app_template_global()
def home_of(who: Who) -> str:
    """Where somebody's own work begins."""
    return HOMES.get(who.role, "/")


def after_sign_in(who: Who, target: str | None) -> str:
    return own_path(target) or home_of(who)
