"""What a day of tokens costs on own hardware, on a rented GPU and from an API; where they cost the same.

In one currency, whichever it is. docs/assets/js/cost.js computes the same; tests/site/test_hardware_tools.py compares.
"""

from dataclasses import dataclass

from fourbit.errors import UserError

DAYS = 365  # in a year
HOUR = 3600  # seconds


@dataclass(frozen=True)
class Use:
    """tokens: generated in a day;  speed: tokens a second, all users together."""

    tokens: float
    speed: float


@dataclass(frozen=True)
class Own:
    """price: of what is bought, less what it sells for;  years: of use;  watts: while it works, and while it waits;
    on: hours a day that it is on;  power: price of a kWh."""

    price: float
    years: float
    busy_watts: float
    idle_watts: float
    on: float
    power: float


@dataclass(frozen=True)
class Cloud:
    """api: price of a million tokens;  rent: price of an hour of a GPU;  hours: rented a day;  0: not asked."""

    api: float = 0.0
    rent: float = 0.0
    hours: float = 0.0


@dataclass(frozen=True)
class Cost:
    """Per day: fixed and power of own hardware, api, rent. busy: hours of work.

    even_api   tokens a day from which own hardware is cheaper than the API; None: never
    even_rent  hours a day from which it is cheaper than a rented GPU; None: within no day
    months     until what was paid is saved, against the cheaper of the two; None: never
    possible   whether a day has enough hours for the tokens
    """

    busy: float
    fixed: float
    power: float
    api: float
    rent: float
    even_api: float | None
    even_rent: float | None
    months: float | None
    possible: bool

    @property
    def own(self) -> float:
        """Of own hardware, per day."""
        return self.fixed + self.power


def compute(use: Use, own: Own, cloud: Cloud) -> Cost:
    """The comparison. UserError when an input cannot be."""
    _check(use, own, cloud)
    busy = use.tokens / use.speed / HOUR
    kwh = _kwh(busy, own)
    fixed, power = own.price / (own.years * DAYS), kwh * own.power
    api, rent = use.tokens * cloud.api / 1e6, cloud.hours * cloud.rent
    waiting = fixed + _kwh(0.0, own) * own.power
    # beyond waiting, a token takes what working takes more
    more = (own.busy_watts - own.idle_watts) / 1000 / HOUR / use.speed * own.power
    gain = cloud.api / 1e6 - more
    even_api = waiting / gain if cloud.api and gain > 0 else None
    if even_api is not None and even_api / use.speed / HOUR > 24:
        even_api = None
    even_rent = (fixed + power) / cloud.rent if cloud.rent else None
    if even_rent is not None and even_rent > 24:
        even_rent = None
    offers = [price for price, asked in ((api, cloud.api), (rent, cloud.rent)) if asked]
    saved = min(offers) - power if offers else 0.0
    months = own.price / saved / (DAYS / 12) if saved > 0 else None
    return Cost(busy, fixed, power, api, rent, even_api, even_rent, months, busy <= 24)


def _kwh(busy: float, own: Own) -> float:
    """Energy of a day. It is on while it works, whatever was said."""
    return (busy * own.busy_watts + max(0.0, own.on - busy) * own.idle_watts) / 1000


def _check(use: Use, own: Own, cloud: Cloud) -> None:
    for name, value, least in (
        ("tokens a day", use.tokens, 0),
        ("the price of the hardware", own.price, 0),
        ("watts at work", own.busy_watts, 0),
        ("watts while waiting", own.idle_watts, 0),
        ("the price of a kWh", own.power, 0),
        ("the price of a million tokens", cloud.api, 0),
        ("the price of an hour", cloud.rent, 0),
    ):
        if not least <= value < 1e15:
            raise UserError(f"{name}: {value!r} is no number from 0 up")
    for name, value in (("tokens a second", use.speed), ("years", own.years)):
        if not 0 < value < 1e15:
            raise UserError(f"{name}: {value!r} is no number above 0")
    for name, value in (("hours a day that it is on", own.on), ("hours rented a day", cloud.hours)):
        if not 0 <= value <= 24:
            raise UserError(f"{name}: {value!r} is not from 0 to 24")
