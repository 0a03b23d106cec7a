"""A decision printed and sealed, beside WeasyPrint alone on a plain page of the same words; warm, interleaved, in one process."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forms.contact_sheet import DAY, sample
from forms.fonts import Fonts
from forms.press import Order, Press
from forms.printed import printed_fields
from forms.render import pdf
from models.catalogue import Catalogue
from models.settings import Settings
from run.authority import authority
from worker import CATALOGUE

ROUNDS, WARM = 12, 3
GOAL = 0.3  # seconds


def main() -> None:
    """Print medians and ratios."""
    catalogue = Catalogue.load(CATALOGUE)
    kind = catalogue.document("decision")
    paper = sample(kind, catalogue)
    with tempfile.TemporaryDirectory() as folder:
        seal = authority(Path(folder), paper.organ)
        chosen: dict[str, Any] = {name.lower(): path for name, path in seal.items()}
        press = Press(Settings(**chosen))
        order = Order(
            kind, kind.name, paper.number, paper.organ, DAY, paper.content, "http://x/verify/y"
        )
        fonts, words = Fonts.of(Settings()), printed_fields(kind, paper.content)
        plain = "".join(f"<p>{word}</p>" for word in words.values() if word)
        page = f'<html><body style="font: 16pt {fonts.body}">{plain}</body></html>'
        ways: dict[str, Callable[[], object]] = {
            "WeasyPrint alone": lambda: pdf(page, fonts),
            "printed": lambda: Press.print(press, _unsealed(order)),
            "printed and sealed": lambda: press.print(order),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(WARM + ROUNDS):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(taken[WARM:]) for name, taken in times.items()}
    floor = medians["WeasyPrint alone"]
    print("\ndecision on paper, warm")
    for name, median in medians.items():
        print(f"  {name:<20} {median * 1000:6.0f} ms   {median / floor:4.2f} of WeasyPrint alone")
    print(f"  goal: under {GOAL * 1000:.0f} ms printed")


def _unsealed(order: Order) -> Order:
    """A kind that bears no seal, to see what the seal costs."""
    kind = order.kind.model_copy(update={"seal": False, "external": False})
    return Order(
        kind, order.title, order.number, order.organ, order.day, order.content, order.check
    )


if __name__ == "__main__":
    main()
