"""Who may subscribe, and where to."""

from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.publishing import publish
from activities.register import Register
from activities.webhooks import Webhooks
from models.feed import Subscription
from models.settings import Settings
from models.subscription import may_be_sent_to
from tests.outgoing.acts import saved
from tests.outgoing.conftest import SignIn
from tests.outgoing.post import Subscribe, deliver, rows
from tests.outgoing.subscriber import Subscriber

pytestmark = pytest.mark.slow


async def test_only_the_administrator_has_to_do_with_subscriptions(
    sign_in: SignIn, subscribe: Subscribe
) -> None:
    known = await subscribe()
    for username in ("officer.zhang", "bureau.head", "supervisor", "citizen.wang", "camera.hub"):
        person = await sign_in(username)
        path = f"/api/subscriptions/{known}"
        refused = [
            await person.get("/api/subscriptions"),
            await person.post("/api/subscriptions", json={"url": "http://127.0.0.1:1/"}),
            await person.get(path),
            await person.delete(path),
            await person.post(f"{path}/pause"),
            await person.post(f"{path}/replay"),
            await person.get(f"{path}/deliveries"),
            await person.post(f"{path}/deliveries/x/replay"),
            await person.post(f"{path}/deliveries/x/skip"),
        ]
        assert {answer.status_code for answer in refused} == {403}
        assert {answer.json()["code"] for answer in refused} == {"not_your_role"}


async def test_a_secret_is_shown_once_and_kept_sealed(
    subscribe: Subscribe, subscriber: Subscriber, admin: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    known = await subscribe()
    assert subscriber.secret.startswith("whsec_")
    shown = (await admin.get(f"/api/subscriptions/{known}")).text
    listed = (await admin.get("/api/subscriptions")).text
    assert "secret" not in shown + listed
    (row,) = await rows(engine, sa.select(Subscription.secret))
    assert subscriber.secret.encode() not in row.secret


async def test_ending_a_subscription_ends_its_deliveries(
    register: Register,
    webhooks: Webhooks,
    subscriber: Subscriber,
    subscribe: Subscribe,
    admin: httpx.AsyncClient,
) -> None:
    known = await subscribe()
    await saved(register, "m1")
    await publish(webhooks.engine)
    assert (await admin.delete(f"/api/subscriptions/{known}")).status_code == 204
    assert await deliver(webhooks) == 0
    assert not subscriber.tried
    assert (await admin.get(f"/api/subscriptions/{known}")).status_code == 404


HERE = ("http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:9000/")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example.gov.cn/anjuan?to=us", True),
        ("https://HOOKS.example.gov.cn/", True),
        ("https://hooks.example.gov.cn:8443/", True),
        ("https://hooks.example.gov.cn:22/", False),
        ("http://hooks.example.gov.cn/", False),
        ("https://hooks.example.gov.cn.evil.test/", False),
        ("https://evil.test/hooks.example.gov.cn", False),
        ("https://hooks.example.gov.cn@evil.test/", False),
        ("https://user:secret@hooks.example.gov.cn/", False),
        ("https://hooks.example.gov.cn/#there", False),
        ("https://10.0.0.1/", False),
        ("http://169.254.169.254/latest", False),
        ("https://[::ffff:127.0.0.1]/", False),
        ("file:///etc/passwd", False),
        ("gopher://127.0.0.1:9000/", False),
        ("https://", False),
        ("https://xn--/", False),
        ("hooks.example.gov.cn", False),
        *((url, True) for url in HERE),
    ],
)
def test_changes_go_only_where_the_installation_allows(
    settings: Settings,
    url: str,
    allowed: bool,  # noqa: FBT001
) -> None:
    assert may_be_sent_to(url, settings) == allowed
    in_earnest = settings.model_copy(update={"demo": False})
    assert may_be_sent_to(url, in_earnest) == (allowed and url not in HERE)
    nowhere = in_earnest.model_copy(update={"webhook_hosts": ()})
    assert not may_be_sent_to(url, nowhere)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "https://evil.test/"}, "url"),
        ({"url": "https://钩子.test/"}, "url"),
        ({"url": 7}, "url"),
        ({}, "url"),
        ({"url": "https://hooks.example.gov.cn/", "kinds": ["person"]}, "kinds"),
        ({"url": "https://hooks.example.gov.cn/", "secret": "mine"}, "secret"),
    ],
)
async def test_what_nobody_can_subscribe_to_is_refused_by_field(
    admin: httpx.AsyncClient, wrong: dict[str, Any], field: str
) -> None:
    answer = await admin.post("/api/subscriptions", json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert answer.json()["field"].startswith(field)
