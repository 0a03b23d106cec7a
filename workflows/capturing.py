"""Captures become cases: the first starts one, those that follow join it without waking it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.captures import Captures, own_case
from models.capture import Capture, Captured, in_sample
from models.capturing import Camera, Taken, case_of, checked
from models.catalogue import Catalogue
from models.change import Start
from models.person import Actor
from models.secrets import key_of
from models.settings import Settings
from workflows.opening import begin_unawaited

KEPT = "kept"


class Capturing:
    """What takes captures in."""

    def __init__(
        self, client: Client, engine: AsyncEngine, catalogue: Catalogue, chosen: Settings
    ) -> None:
        self.client, self.catalogue, self.chosen = client, catalogue, chosen
        hours = catalogue.non_contact.window_hours.value
        self.queue = Captures(engine, key_of(chosen), hours)

    async def take(  # noqa: PLR0913, PLR0917 -- what, of which id, with which media, by which camera, for whom, when
        self,
        captured: Captured,
        known: str,
        media: tuple[str, ...],
        camera: Camera,
        device: Actor,
        now: datetime,
        ahead: timedelta = timedelta(0),
    ) -> str:
        """The case it belongs to, or that it is only kept. Taken twice, it is one. Raises `Refused`."""
        captured = checked(captured, self.catalogue)
        percent = self.catalogue.non_contact.second_review_percent.value
        capture = Capture(
            id=known,
            device=camera.site.device,
            taken_at=captured.taken_at,
            media=media,
            facts=captured.facts,
            sampled=in_sample(known, percent, key_of(self.chosen)),
        )
        taken = Taken(captured, capture, camera)
        matter = await self.queue.keep(taken)
        if matter is None:
            return KEPT
        if matter == own_case(known):
            file = case_of(taken, self.catalogue, matter, now)
            start = Start(filer=device, ahead=ahead, rehearsal=self.chosen.demo)
            queue = self.chosen.task_queue
            await begin_unawaited(self.client, queue, file, file.rules.title, start)
        return matter
