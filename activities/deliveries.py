"""Deliveries (电子送达): a document goes to the party's inbox, mailbox or phone; each by its id, so that a second try changes nothing.

A message says that a document is there and where; nobody's name, and not what it decides.
"""

import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, NamedTuple

import aiosmtplib
import httpx
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.courier import Carrier, NotTaken, Parcel
from models.catalogue import Catalogue
from models.database import Document, Matter
from models.deliveries import Delivery, InboxItem
from models.lookup import shown
from models.secrets import key_of, unseal
from models.settings import Settings
from models.signature import sign, sms_key
from models.store import Store
from models.timeline import canonical

_TIMEOUT = 15  # seconds


class Sent(NamedTuple):
    """What is on its way: its title, what a message says of it, the party's addresses; the document, unless it is a notice."""

    matter: str
    document: str | None
    title: str
    words: str
    pdf_digest: str | None
    party_digest: str | None
    party: dict[str, Any]


class Deliveries:
    """Carriers of ``portal``, ``email`` and ``sms``."""

    def __init__(
        self,
        engine: AsyncEngine,
        catalogue: Catalogue,
        chosen: Settings,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self.engine, self.chosen, self.key = engine, chosen, key_of(chosen)
        self.organ, self.store = catalogue.offices.organ.name, Store.of(chosen)
        self.notice = catalogue.incident.notice
        self.http = http or httpx.AsyncClient(
            timeout=_TIMEOUT, trust_env=chosen.sms_url is not None
        )

    def carriers(self) -> dict[str, Carrier]:
        """By kind."""
        return {"portal": self.to_inbox, "email": self.mail, "sms": self.text}

    async def to_inbox(self, parcel: Parcel) -> None:
        """It arrives when it is there."""
        sent = await self._sent(parcel)
        if sent.party_digest is None:
            await self._answered(parcel, sent, "bounced", "当事人没有网上账户")
            return
        item = {
            "id": parcel.id,
            "party_digest": sent.party_digest,
            "matter": sent.matter,
            "document": sent.document,
            "title": sent.title,
            "arrived_at": datetime.now(UTC),
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(InboxItem).values(item).on_conflict_do_nothing())
        await self._answered(parcel, sent, "delivered", "已进入网上收件箱")

    async def mail(self, parcel: Parcel) -> None:
        """With the PDF; so it waits until that is made. What the server refuses for good, bounces."""
        if await self._known(parcel):
            return
        sent = await self._sent(parcel)
        if sent.pdf_digest is None:
            raise NotTaken("the document is not made yet")
        message = self._message(parcel, sent)
        message.add_attachment(
            await self.store.get(sent.pdf_digest),
            maintype="application",
            subtype="pdf",
            filename=f"{sent.title}.pdf",
        )
        try:
            await aiosmtplib.send(message, **self._server(), timeout=_TIMEOUT)
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPResponseException) as no:
            code = _refusal(no)
            if code < 500:
                raise NotTaken(f"SMTP {code}") from no
            await self._answered(parcel, sent, "bounced", f"SMTP {code}")
            return
        except (aiosmtplib.SMTPException, OSError) as away:
            raise NotTaken(type(away).__name__) from away
        await self._answered(parcel, sent, "delivered", "SMTP 250")

    async def text(self, parcel: Parcel) -> None:
        """The gateway takes it; whether it arrived, the gateway tells later."""
        sent = await self._sent(parcel)
        await self._answered(
            parcel, sent, "sent", None
        )  # first: the gateway may be quicker than we
        body = canonical({"id": parcel.id, "to": sent.party["phone"], "text": sent.words})
        headers = {"Content-Type": "application/json"} | sign(
            body, sms_key(self.chosen), datetime.now(UTC)
        )
        answer = await self.http.post(
            f"{self.chosen.sms_address}/messages", content=body, headers=headers
        )
        answer.raise_for_status()

    async def _known(self, parcel: Parcel) -> bool:
        """The other side answered before; only our books do not know yet."""
        async with self.engine.connect() as connection:
            mine = sa.select(Delivery.id).where(Delivery.id == parcel.id)
            return (await connection.execute(mine)).first() is not None

    async def _sent(self, parcel: Parcel) -> Sent:
        columns = (Document.matter, Document.id, Document.term, Document.number, Document.token)
        code = Matter.state["lookup"].label("code")
        more = (Document.pdf_digest, Matter.party_digest, Matter.party_secret, code)
        if "document" not in parcel.payload:
            return await self._notice(parcel)
        query = sa.select(*columns, *more).join(Matter, Matter.id == Document.matter)
        async with self.engine.connect() as connection:
            mine = query.where(Document.id == parcel.payload["document"])
            row = (await connection.execute(mine)).one()
        title = f"{row.term}{f'（{row.number}）' if row.number else ''}"
        where = f"{self.chosen.public_address}/verify/{row.token}"
        looked_up = f"；查询码：{shown(row.code)}" if row.code else ""
        words = (
            f"【{self.organ}】您有一份文书：{title}。请登录网上平台查看；核验：{where}{looked_up}"
        )
        party = json.loads(unseal(row.party_secret, self.key))
        return Sent(row.matter, row.id, title, words, row.pdf_digest, row.party_digest, party)

    async def _notice(self, parcel: Parcel) -> Sent:
        """How far an incident is, to whoever reported it: the words of the step, the reason, and the code to look it up."""
        columns = (Matter.party_digest, Matter.party_secret, Matter.state["lookup"].label("code"))
        async with self.engine.connect() as connection:
            mine = sa.select(*columns).where(Matter.id == parcel.id.partition("/")[0])
            row = (await connection.execute(mine)).one()
        said, why = self.notice(parcel.payload["step"]).zh, parcel.payload["because"]
        title = f"{said}（{why}）" if why else said
        words = f"【{self.organ}】{title}。查询码：{shown(row.code)}"
        party = json.loads(unseal(row.party_secret, self.key)) if row.party_secret else {}
        matter = parcel.id.partition("/")[0]
        return Sent(matter, None, title, words, None, row.party_digest, party)

    def _message(self, parcel: Parcel, sent: Sent) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.chosen.smtp_from
        message["To"] = sent.party["email"]
        message["Subject"] = f"{self.organ}：{sent.title}"
        # The same message, sent again, is known to be the same.
        message["Message-ID"] = (
            f"<{parcel.id.replace('/', '.')}@{self.chosen.smtp_from.partition('@')[2]}>"
        )
        message.set_content(sent.words)
        return message

    def _server(self) -> dict[str, Any]:
        url = httpx.URL(self.chosen.smtp_url or "")
        return {
            "hostname": url.host,
            "port": url.port or 25,
            "username": url.username or None,
            "password": url.password or None,
            "use_tls": url.scheme == "smtps",
        }

    async def _answered(self, parcel: Parcel, sent: Sent, state: str, detail: str | None) -> None:
        now = datetime.now(UTC)
        row = {
            "id": parcel.id,
            "matter": sent.matter,
            "document": sent.document,
            "channel": parcel.kind,
            "state": state,
            "sent_at": now,
            "answered_at": None if state == "sent" else now,
            "detail": detail,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(Delivery).values(row).on_conflict_do_nothing())


def _refusal(no: Exception) -> int:
    """The code of the first refusal; its words may hold the address."""
    if isinstance(no, aiosmtplib.SMTPRecipientsRefused):
        return no.recipients[0].code
    assert isinstance(no, aiosmtplib.SMTPResponseException)  # noqa: S101 -- caught as one of two
    return no.code


async def waiting(engine: AsyncEngine) -> list[sa.Row[Any]]:
    """Some answers that their cases do not know yet, in no order: one that cannot be entered must not hold up the others. A notice is no
    service, so nobody waits for its answer.
    """
    some = sa.select(Delivery.__table__).where(
        Delivery.entered_at.is_(None),
        Delivery.answered_at.is_not(None),
        Delivery.document.is_not(None),
    )
    async with engine.connect() as connection:
        return list(await connection.execute(some.order_by(sa.func.random()).limit(20)))


async def entered(engine: AsyncEngine, known: str) -> None:
    """Its case knows."""
    async with engine.begin() as connection:
        mine = sa.update(Delivery).where(Delivery.id == known)
        await connection.execute(mine.values(entered_at=sa.func.now()))
