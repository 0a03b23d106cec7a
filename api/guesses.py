"""Wrong guesses at something secret, counted against whoever guesses; too many have to wait."""

from datetime import UTC, datetime, timedelta

from api.refusals import Problem

WINDOW, TRIES = timedelta(minutes=10), 20


class Guesses:
    """By who guesses, in this process."""

    def __init__(self) -> None:
        self._made: dict[str, list[datetime]] = {}

    def check(self, who: str) -> None:
        """Raises `Problem` 429 after too many wrong ones."""
        now = datetime.now(UTC)
        recent = [at for at in self._made.get(who, []) if now - at < WINDOW]
        self._made[who] = recent
        if len(recent) >= TRIES:
            raise Problem(
                "too_many_requests",
                "输错次数过多，请稍后再试",
                "too many wrong guesses; please try again later",
                headers={"Retry-After": str(int(WINDOW.total_seconds()))},
            )

    def wrong(self, who: str) -> None:
        """One more."""
        self._made.setdefault(who, []).append(datetime.now(UTC))
