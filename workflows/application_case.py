"""What the parts of an approval share: how it ends, and how a licence is born of it (行政许可法 38–44)."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

from models.application_file import ApplicationFile, Outcome, Stage
from models.basis import LICENSING, VISIT_ONCE, Basis
from models.change import Answers, Change, Start
from models.licence_birth import BIRTH, BREAK, Birth, Broken
from models.licence_file import LicenceFile
from workflows.procedure import Procedure

TOLD = frozenset(
    {"acceptance", "tolerant_acceptance", "supplement", "non_acceptance", "acceptance_revoked"}
    | {"deemed_withdrawn", "excluded_time", "licence_extension", "licence_hearing_notice"}
    | {"grant", "refusal", "interested"}
)
WITHIN = timedelta(seconds=20)
RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=5)
)


class ApplicationCase(Procedure[ApplicationFile]):
    """An application on its way."""

    def __init__(self, file: ApplicationFile, start: Start) -> None:
        super().__init__(file, start)
        self._left: Outcome | None = None

    async def to_the_end(self, main: Coroutine[Any, Any, None]) -> None:
        """The main line, unless the applicant or the law takes the matter off it."""
        if await self.unless(lambda: self._left is not None, main):
            assert self._left is not None  # noqa: S101 -- that is why the line was left
            self.finish(self._left)

    def withdraw(self) -> None:
        """The applicant takes it back (29)."""
        self.leave(Outcome.WITHDRAWN)

    def leave(self, outcome: Outcome) -> None:
        """Takes the application off its main line."""
        self._left = outcome
        self._stir()

    def finish(self, outcome: Outcome) -> None:
        """Nothing waits any more; what it claimed is free, unless a licence holds it now."""
        file = self.file
        file.outcome = outcome
        if file.licence is None:
            for key in file.claims:
                self.release(key)
        self.release(file.claim)
        self.shut_everything()
        self.enter(Stage.CLOSED)
        self.step("finished", "办结", VISIT_ONCE(12), outcome=outcome, visits=len(file.visits))

    def issue(self, kind: str, term: str, basis: tuple[Basis, ...], /, **rest: Any) -> str:
        """What is for the applicant reaches his inbox at once, wherever he filed (最多跑一次 6)."""
        document = super().issue(kind, term, basis, **rest)
        if kind in TOLD and self.file.party_digest:
            self.send("portal", document, document=document)
        return document

    def _settle(self, change: Change, answers: Answers) -> None:
        """Gates ask by when it is to be decided."""
        super()._settle(change, answers)
        clock = self.clocks.get("licence_decide")
        self.file.decide_by = clock.due_on if clock else None

    async def bear(self, licence: LicenceFile) -> str | None:
        """A licence lives from here on, in a matter of its own, linked both ways; its number."""
        start = Start(filer=self._filer, ahead=self._ahead, rehearsal=self._rehearsal)
        async with self.bearing():
            number: str | None = await workflow.execute_local_activity(
                BIRTH,
                Birth(file=licence, start=start),
                start_to_close_timeout=WITHIN,
                retry_policy=RETRY,
                local_retry_threshold=WITHIN,
            )
            self.step(
                "licence_issued",
                "制发许可证件",
                LICENSING(39, 44),
                licence=licence.id,
                number=number,
            )
        return number

    async def break_licence(self, reason: str) -> None:
        """The licence is revoked by what its application came to (最多跑一次 14)."""
        assert self.file.licence is not None  # noqa: S101 -- only a granted application pledged
        async with self.bearing():
            await workflow.execute_local_activity(
                BREAK,
                Broken(licence=self.file.licence.matter, reason=reason),
                start_to_close_timeout=WITHIN,
                retry_policy=RETRY,
                local_retry_threshold=WITHIN,
            )
