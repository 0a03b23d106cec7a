"""Numbers of non-contact enforcement that the law leaves to the bureau."""

from models.catalogue_file import Row
from models.penalty_settings import Setting


class NonContactSettings(Row):
    """``settings/non_contact.yaml``; hours, per cent, calendar days by cause."""

    window_hours: Setting[int]
    second_review_percent: Setting[int]
    warn_first_days: Setting[dict[str, int]]
