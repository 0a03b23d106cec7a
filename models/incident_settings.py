"""What the bureau sets for incidents, and what a reporter is told at each step (数字城管): ``settings/incidents.yaml``."""

from pydantic import Field, model_validator

from models.catalogue_file import Row, Text, refuse, repeated
from models.incident_file import EDITION, STEPS, IncidentRules
from models.penalty_settings import Setting


class Notice(Row):
    """The words of a step; ``told``: the reporter hears them without asking, who asks with his code reads them in any case."""

    step: Text
    zh: Text
    en: Text
    told: bool = False


class IncidentSettings(Row):
    """Lengths in metres and days."""

    rating_days: Setting[int]
    most_transfers: Setting[int]
    near: Setting[int]
    recent_days: Setting[int]
    reach: Setting[int]
    notices: tuple[Notice, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _every_step_once(self) -> "IncidentSettings":
        said = [notice.step for notice in self.notices]
        missing = sorted(STEPS - set(said))
        refuse(
            [
                *repeated("step", said, "notices", "step"),
                *((f"no words for step {step}", ("notices",)) for step in missing),
            ]
        )
        return self

    def notice(self, step: str) -> Notice:
        """The words of a step."""
        return next(notice for notice in self.notices if notice.step == step)

    def rules(self) -> IncidentRules:
        """What an incident takes along from the day it was reported."""
        return IncidentRules(
            edition=EDITION,
            rating_days=self.rating_days.value,
            most_transfers=self.most_transfers.value,
            told=tuple(notice.step for notice in self.notices if notice.told),
        )
