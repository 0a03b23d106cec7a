"""Captures of a camera, made up and marked so, sent as CloudEvents to `make run`.

    make run                                   # in one terminal
    .venv/bin/python examples/captures.py      # in another; then /review as officer.zhang

Four plates, one of them seen twice, and a camera whose site was never published: what it saw is kept, and proves nothing.
"""

import io
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw
from tour import API, Person  # type: ignore[import-not-found]

SEEN = (
    ("demo-cam-01", "浙A12345", 9),
    ("demo-cam-01", "浙A12345", 6),
    ("demo-cam-01", "浙AD12345", 8),
    ("demo-cam-01", "浙A10001", 7),
    ("demo-cam-03", "浙A10002", 5),
    ("demo-cam-04", "浙A10003", 4),
)
BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def main() -> None:
    """Bring the pictures, send the batch, wait until it is handled."""
    hub = Person("camera.hub")
    batch = [an_event(hub, *seen) for seen in SEEN]
    answers = hub.http.post("/api/events", json=batch, headers=BATCH)
    for event, answer in zip(batch, answers.json()["items"], strict=True):
        print(f"  {event['source']:24} {event['data']['value']:10} {answer['status']}")
    print(f"\n  待审核 · waiting: {waiting()}，{API}/review（officer.zhang）")


def an_event(hub: Person, device: str, plate: str, minutes_ago: int) -> dict[str, Any]:
    """One capture with its picture, brought before."""
    taken_at = (datetime.now(UTC) - timedelta(minutes=minutes_ago)).isoformat()
    files = {"file": ("capture.jpg", picture(device, minutes_ago), "image/jpeg")}
    brought = hub.http.post("/api/evidence", files=files)
    brought.raise_for_status()
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": f"/cameras/{device}",
        "type": "cn.anjuan.capture",
        "time": taken_at,
        "data": {
            "cause": "TC-01",
            "object": "plate",
            "value": plate,
            "facts": "机动车停放在人行道上（生成的示例）",
            "generated": True,
            "media": [{"digest": brought.json()["digest"]}],
        },
    }


def picture(device: str, minutes_ago: int) -> bytes:
    """A drawing that says what it is."""
    image = Image.new("RGB", (960, 540), (96, 104, 112))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 330, 960, 540), fill=(150, 146, 138))
    draw.rounded_rectangle((260, 240, 700, 430), 40, fill=(70, 96, 140 + minutes_ago))
    draw.text((20, 20), f"GENERATED  {device}  -{minutes_ago} min", fill="white", font_size=36)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def waiting() -> int:
    """How many captures an officer has before him, once the inbox is drained."""
    zhang = Person("officer.zhang")
    seen = -1
    while (now := len(zhang.http.get("/api/captures?limit=100").json()["items"])) != seen:
        seen = now
        time.sleep(2)
    return seen


if __name__ == "__main__":
    main()
