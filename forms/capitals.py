"""Amounts in Chinese capitals (大写金额), as receipts and decisions write them."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


def capitals(amount: Decimal) -> str:
    """人民币捌仟元整 for 8000; exact to the fen. Raises ValueError for a negative amount or a part of a fen."""
    fen = amount * 100
    if fen < 0 or fen != fen.to_integral_value():
        raise ValueError(f"not an amount in yuan and fen: {amount}")
    yuan, rest = divmod(int(fen), 100)
    return f"人民币{_yuan(yuan, bare=bool(rest))}{_cents(rest, after_yuan=yuan > 0)}"


def _yuan(yuan: int, *, bare: bool) -> str:
    if yuan == 0:
        return "" if bare else "零元"
    words, gap, place = "", False, 0
    while yuan:
        yuan, group = divmod(yuan, 10000)
        if group:
            joint = _DIGITS[0] if words and gap else ""
            words = f"{_group(group)}{_GROUPS[place]}{joint}{words}"
        gap = group < 1000 if group else bool(words)
        place += 1
    return f"{words}元"


def _group(number: int) -> str:
    """1 to 9999; a gap inside is one 零."""
    words, gap = "", False
    for place in range(4):
        number, digit = divmod(number, 10)
        if digit:
            words = f"{_DIGITS[digit]}{_PLACES[place]}{_DIGITS[0] if gap and words else ''}{words}"
        gap = not digit
    return words


def _cents(fen: int, *, after_yuan: bool) -> str:
    jiao, cent = divmod(fen, 10)
    if not fen:
        return "整"
    if not cent:
        return f"{_DIGITS[jiao]}角整"
    lead = f"{_DIGITS[jiao]}角" if jiao else (_DIGITS[0] if after_yuan else "")
    return f"{lead}{_DIGITS[cent]}分"
