"""How one matter starts another, or ends it: what is handed to the engine (许可证件的产生与撤销)."""

from pydantic import BaseModel

from models.change import Start
from models.licence_file import LicenceFile

BIRTH = "start_licence"
BREAK = "break_licence"


class Birth(BaseModel):
    """The licence, and where its time stands."""

    file: LicenceFile
    start: Start


class Broken(BaseModel):
    """The licence that falls, and why."""

    licence: str
    reason: str
