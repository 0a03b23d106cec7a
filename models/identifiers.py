"""Numbers that name people, organisations, phones and vehicles; what is wrong is told twice.

GB 11643-1999 (公民身份号码), GB 32100-2015 (统一社会信用代码), GA 36-2018 (机动车号牌). Which
districts exist is not checked: they change (330113, 330114 came in 2021), a number stays good.
"""

import hashlib
import hmac
import re
from datetime import UTC, date, datetime
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from models.suspension import civil_day

_PROVINCES = re.compile(  # 83: residence permits of people from Taiwan
    r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
)
_RESIDENT = re.compile(r"[0-9]{17}[0-9X]")
_RESIDENT_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z
_CREDIT = re.compile(rf"[1-9ANY][{_CREDIT_ALPHABET}][0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_DIALLED = re.compile(r"[+(0-9][0-9 ()-]{5,23}")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    r"(?:[0-9]{5}[A-HJK]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}"  # electric: two places for the letter
    r"|[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳])"
)
_CALLED = (
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


def check_resident_id(text: str) -> str:
    """The number with its X in upper case. Raises ValueError saying which part is wrong."""
    number = text.strip().upper()
    if not _RESIDENT.fullmatch(number):
        raise ValueError("公民身份号码须为 18 位 / a resident ID has 18 characters")
    if not _PROVINCES.fullmatch(number[:2]):
        raise ValueError("公民身份号码的地区代码无效 / no such province in the resident ID")
    # Reading today's date is safe on replay: a birth date once past stays past.
    if birth_date(number) > civil_day(datetime.now(UTC)):
        raise ValueError("公民身份号码的出生日期晚于今天 / the resident ID is of one not yet born")
    if number[17] != resident_check(number[:17]):
        raise ValueError("公民身份号码的校验码不符 / the resident ID's check digit is wrong")
    return number


def resident_check(first: str) -> str:
    """The 18th character of a resident ID from the first 17 (ISO 7064 mod 11-2)."""
    return _RESIDENT_CHECKS[sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(first)) % 11]


def birth_date(resident_id: str) -> date:
    """The birth date inside a resident ID. Raises ValueError when there is no such day."""
    try:
        return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError as wrong:
        raise ValueError("公民身份号码的出生日期无效 / no such day in the resident ID") from wrong


def check_credit_code(text: str) -> str:
    """The code in upper case. Raises ValueError saying which part is wrong."""
    code = text.strip().upper()
    if not _CREDIT.fullmatch(code):
        raise ValueError("统一社会信用代码格式不符 / malformed unified social credit code")
    if code[17] != credit_check(code[:17]):
        raise ValueError("统一社会信用代码的校验码不符 / the credit code's check digit is wrong")
    return code


def credit_check(first: str) -> str:
    """The 18th character of a credit code from the first 17 (mod 31, weights 3^i)."""
    total = sum(_CREDIT_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first))
    return _CREDIT_ALPHABET[-total % 31]


def check_phone(text: str) -> str:
    """A mobile or landline number of mainland China, digits only: 13800138000, 057187654321."""
    wrong = ValueError("电话号码无效 / not a Chinese mobile or landline number")
    if not _DIALLED.fullmatch(text.strip()):  # the library would read letters as digits
        raise wrong
    try:
        number = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException as error:
        raise wrong from error
    chinese = phonenumbers.is_valid_number_for_region(number, "CN")
    if not chinese or phonenumbers.number_type(number) not in _CALLED:
        raise wrong
    return re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def check_plate(text: str) -> str:
    """A vehicle plate in upper case, without spaces or dot: 浙A12345, 浙AD12345 (electric)."""
    plate = re.sub(r"[ ·•]", "", text).upper()
    if not _PLATE.fullmatch(plate):
        raise ValueError("车辆号牌格式不符 / malformed vehicle plate")
    return plate


def mask_id(number: str) -> str:
    """First four and last two characters: enough to tell two people apart, too few to be one."""
    return _masked(number, 4, 2)


def mask_phone(number: str) -> str:
    """First three and last four digits."""
    return _masked(number, 3, 4)


def mask_plate(plate: str) -> str:
    """Province and office, and the last character."""
    return _masked(plate, 2, 1)


def id_digest(text: str, key: bytes) -> str:
    """HMAC-SHA-256 in hex: ties a citizen to his matters without keeping the number itself."""
    return hmac.new(key, text.strip().upper().encode(), hashlib.sha256).hexdigest()


def _masked(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


ResidentId = Annotated[
    str,
    AfterValidator(check_resident_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{17}[0-9Xx]$"}),
]
CreditCode = Annotated[
    str,
    AfterValidator(check_credit_code),
    WithJsonSchema({"type": "string", "pattern": "^[0-9A-Za-z]{18}$"}),
]
Email = Annotated[
    str, StringConstraints(pattern=r"^[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,190}$", max_length=254)
]
Phone = Annotated[
    str, AfterValidator(check_phone), WithJsonSchema({"type": "string", "maxLength": 24})
]
Plate = Annotated[
    str, AfterValidator(check_plate), WithJsonSchema({"type": "string", "maxLength": 12})
]
