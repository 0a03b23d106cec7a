"""Identifiers: what is accepted, what is refused, and agreement with python-stdnum."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, strategies as st
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as OracleRefuses

from models.identifiers import (
    birth_date,
    check_credit_code,
    check_phone,
    check_plate,
    check_resident_id,
    credit_check,
    id_digest,
    mask_id,
    mask_phone,
    resident_check,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DAYS = st.dates(date(1990, 1, 1), date(2026, 1, 1)).map(lambda day: f"{day:%Y%m%d}")
SERIALS = st.integers(0, 999).map("{:03d}".format)


def a_resident_id(area: str = "330113", born: str = "19850214", serial: str = "123") -> str:
    first = area + born + serial
    return first + resident_check(first)


def refuses(check: object, text: str) -> bool:
    try:
        check(text)  # type: ignore[operator]
    except ValueError as wrong:
        zh, slash, en = str(wrong).partition(" / ")
        assert zh
        assert slash
        assert en.isascii()
        return True
    return False


@given(DAYS, SERIALS)
def test_a_resident_id_that_the_oracle_accepts_is_accepted(born: str, serial: str) -> None:
    number = a_resident_id("330102", born, serial)
    assert ric.validate(number) == check_resident_id(number) == check_resident_id(number.lower())


@given(DAYS, SERIALS, st.integers(0, 16), st.sampled_from("0123456789"))
def test_a_changed_digit_is_refused(born: str, serial: str, place: int, digit: str) -> None:
    number = a_resident_id("330102", born, serial)
    changed = number[:place] + digit + number[place + 1 :]
    assert changed == number or refuses(check_resident_id, changed)


@pytest.mark.parametrize("area", ["330113", "330114"])
def test_the_districts_of_2021_are_accepted(area: str) -> None:
    number = a_resident_id(area)
    assert check_resident_id(number) == number
    with pytest.raises(KeyError):
        ric.validate(number)


@pytest.mark.parametrize(
    "number",
    [
        a_resident_id(born="20990101"),
        a_resident_id(born="19850230"),
        a_resident_id(born="00000101"),
        a_resident_id(area="990113"),
        "",
        "330113850214123",
        a_resident_id() + "0",
        "３３０１１３１９８５０２１４１２３４",
    ],
)
def test_numbers_that_nobody_bears_are_refused(number: str) -> None:
    assert refuses(check_resident_id, number)


def test_one_born_today_has_a_number_and_one_born_in_two_days_has_not() -> None:
    today = datetime.now(UTC)
    assert check_resident_id(a_resident_id(born=f"{today:%Y%m%d}"))
    assert refuses(check_resident_id, a_resident_id(born=f"{today + timedelta(days=2):%Y%m%d}"))


def test_the_birth_date_is_read() -> None:
    assert birth_date(a_resident_id()) == date(1985, 2, 14)


@given(st.text("0123456789", min_size=6, max_size=6), st.text(ALPHABET, min_size=9, max_size=9))
def test_credit_codes_agree_with_the_oracle(area: str, body: str) -> None:
    code = "91" + area + body
    code += credit_check(code)
    assert uscc.validate(code) == check_credit_code(code)


@given(st.text(ALPHABET, min_size=18, max_size=18))
def test_no_credit_code_passes_that_the_oracle_refuses(code: str) -> None:
    try:
        uscc.validate(code)
    except OracleRefuses:
        assert refuses(check_credit_code, code) or code[:2].isalpha() or not code[:2].isdigit()


@pytest.mark.parametrize("code", ["91330113MA2AXXXX0I", "91330113", "9133011３MA2AXXXX00", ""])
def test_malformed_credit_codes_are_refused(code: str) -> None:
    assert refuses(check_credit_code, code)


@pytest.mark.parametrize(
    ("dialled", "kept"),
    [
        ("13800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("0571-87654321", "057187654321"),
        ("(0571) 8765 4321", "057187654321"),
    ],
)
def test_phones_are_kept_as_digits(dialled: str, kept: str) -> None:
    assert check_phone(dialled) == kept


@pytest.mark.parametrize("dialled", ["12345", "1380013800", "+1 202 555 0123", "1800FLOWERS", ""])
def test_other_phones_are_refused(dialled: str) -> None:
    assert refuses(check_phone, dialled)


@pytest.mark.parametrize("plate", ["浙A7H316", "浙AD12345", "浙A12345F", "浙A1234挂", "浙a·7h316"])
def test_plates_are_accepted(plate: str) -> None:
    assert check_plate(plate) == plate.replace("·", "").upper()


@pytest.mark.parametrize("plate", ["浙A123I4", "浙O12345", "浙A123456", "浙A１２３４５", ""])
def test_malformed_plates_are_refused(plate: str) -> None:
    assert refuses(check_plate, plate)


def test_masks_show_only_the_ends() -> None:
    assert mask_id(a_resident_id())[:14] == "3301**********"
    assert mask_phone("13800138000") == "138****8000"
    assert mask_id("123") == "***"


@given(st.text(max_size=40))
def test_a_mask_keeps_the_length(text: str) -> None:
    assert len(mask_id(text)) == len(mask_phone(text)) == len(text)


def test_the_digest_needs_the_key_and_not_the_case_of_x() -> None:
    assert id_digest("33011319850214123x", b"k") == id_digest(" 33011319850214123X", b"k")
    assert id_digest("33011319850214123X", b"k") != id_digest("33011319850214123X", b"l")
