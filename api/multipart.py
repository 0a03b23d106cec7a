"""Reading one file of a form as it streams in, piece by piece: memory stays constant, whatever its size."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from api.refusals import Problem, invalid
from models.upload import LARGEST, TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_LONGEST = 10_000  # characters of a text field
_MOST = 8  # parts
_AROUND = 1 << 20  # bytes beside the file


@dataclass
class OneFile:
    """A form with one file named ``file``; its bytes go to `write`, its other fields are kept as text."""

    write: Callable[[bytes], None]
    name: str = ""
    media_type: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    found: bool = False
    _header: list[str] = field(default_factory=lambda: ["", ""])
    _part: dict[str, str] = field(default_factory=dict)
    _text: bytearray | None = None
    _parts: int = 0
    _seen: int = 0

    async def read(self, request: Request) -> None:
        """The whole body. Raises `Problem`, and whatever `write` raises."""
        boundary = _parameters(request.headers.get("content-type", "")).get("boundary")
        if not boundary:
            raise _malformed()
        parser = MultipartParser(boundary, self._callbacks())
        try:
            async for piece in request.stream():
                self._seen += len(piece)
                if self._seen > LARGEST + _AROUND:
                    raise TooLarge
                parser.write(piece)
            parser.finalize()
        except MultipartParseError as wrong:
            raise _malformed() from wrong
        if not self.found:
            raise invalid("file", "缺少文件", "no file")

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, a, b: self._heads(0, data[a:b]),
            "on_header_value": lambda data, a, b: self._heads(1, data[a:b]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._starts,
            "on_part_data": lambda data, a, b: self._data(data[a:b]),
            "on_part_end": self._ends,
        }

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST:
            raise invalid("body", f"最多 {_MOST} 个字段", f"at most {_MOST} fields")
        self._part, self._header, self._text = {}, ["", ""], None

    def _heads(self, which: int, piece: bytes) -> None:
        self._header[which] += piece.decode("utf-8", "replace")

    def _header_ends(self) -> None:
        name, value = self._header
        self._part[name.lower()], self._header = value, ["", ""]

    def _starts(self) -> None:
        told = _parameters(self._part.get("content-disposition", ""))
        if told.get("name") == "file":
            if self.found:
                raise invalid("file", "一次只能上传一个文件", "one file at a time")
            self.found, self.name = True, told.get("filename", "")
            self.media_type = self._part.get("content-type")
        else:
            self._text = bytearray()
            self._part["name"] = told.get("name", "")

    def _data(self, piece: bytes) -> None:
        if self._text is None:
            self.write(piece)
        elif len(self._text) + len(piece) <= _LONGEST:
            self._text += piece
        else:
            raise invalid(self._part["name"], "过长", "too long")

    def _ends(self) -> None:
        if self._text is not None:
            self.fields[self._part["name"]] = self._text.decode("utf-8", "replace")


def _parameters(header: str) -> dict[str, str]:
    """``form-data; name="file"; filename="a.jpg"`` and the like, RFC 2231 included."""
    message = Message()
    message["content-type"] = header
    told = {key.lower(): value for key, value in message.get_params([])[1:]}
    name = message.get_param("filename")
    if isinstance(name, tuple):
        told["filename"] = name[2]
    return {key: value if isinstance(value, str) else value[2] for key, value in told.items()}


def _malformed() -> Problem:
    return Problem(
        "malformed", "请求须为 multipart/form-data", "the body must be multipart/form-data"
    )
