"""What a practitioner sees of a client's care at home: each roller with its uses and its age, and what came too soon."""

from dataclasses import dataclass
from datetime import date

from storefront.eligibility import home_rules
from storefront.eligibility.approval_rules import latest_approval
from storefront.eligibility.home_rules import Overuse
from storefront.eligibility.models import Client
from storefront.eligibility.policy import Policy
from storefront.orders.diary import OwnRoller, kept_from, rollers_at_home


@dataclass(frozen=True, slots=True)
class RollerSeen:
    """One roller: how many of its uses are noted, until when it is good, whether it still serves,
    and what else speaks against it."""

    own: OwnRoller
    most: int
    worn_on: date
    serves: bool
    kept_from: str

    @property
    def used(self) -> int:
        return len(self.own.roller.uses)


@dataclass(frozen=True, slots=True)
class HomeUse:
    """The rollers at home, and the uses that came too soon, the newest first."""

    rollers: tuple[RollerSeen, ...]
    overuses: tuple[Overuse, ...]


def home_use_of(client: Client, policy: Policy, today: date) -> HomeUse:
    """Reckoned by the client's last approval, also when it has ended; two queries."""
    owned, approval = rollers_at_home(client.id), latest_approval(client)
    days = home_rules.days_of(each.roller for each in owned)
    seen = [
        RollerSeen(
            own,
            home_rules.uses_of(approval, own.roller),
            home_rules.worn_out_on(own.roller, policy),
            home_rules.serves(approval, own.roller, policy, today),
            kept_from(own, client, approval),
        )
        for own in owned
        if approval is not None
    ]
    return HomeUse(tuple(seen), tuple(reversed(home_rules.overuses(days, policy))))
