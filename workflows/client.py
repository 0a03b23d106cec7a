"""The way to Temporal, the same for API, worker, replay and tests: pydantic payloads, sealed with AES-GCM."""

from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, PayloadCodec

from models.secrets import seal, unseal

_SEALED = b"binary/sealed"


class SealingCodec(PayloadCodec):
    """Personal data lies sealed in Temporal's histories (个人信息保护法 51)."""

    def __init__(self, key: bytes) -> None:
        self.key = key

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            Payload(metadata={"encoding": _SEALED}, data=seal(p.SerializeToString(), self.key))
            for p in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _SEALED:
            return payload
        return Payload.FromString(unseal(payload.data, self.key))


def data_converter(key: bytes) -> DataConverter:
    """Pydantic in, pydantic out, sealed in between."""
    return DataConverter(
        payload_converter_class=pydantic_data_converter.payload_converter_class,
        payload_codec=SealingCodec(key),
    )


async def connect(
    address: str, key: bytes, namespace: str = "default", *, lazy: bool = False
) -> Client:
    """A client. Lazy, it starts before Temporal is up; a worker may not be lazy."""
    return await Client.connect(
        address, namespace=namespace, data_converter=data_converter(key), lazy=lazy
    )
