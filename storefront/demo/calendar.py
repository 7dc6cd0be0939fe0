"""Days as the demo clinic's files count them: back from the day of loading."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Calendar:
    """`now` is the instant of loading, `today` its day where the clinic is."""

    now: datetime
    today: date

    def day(self, ago: int) -> date:
        return self.today - timedelta(days=ago)

    def moment(self, ago: int) -> datetime:
        return self.now - timedelta(days=ago)
