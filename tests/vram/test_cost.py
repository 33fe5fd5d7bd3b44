"""Own hardware against a rented GPU and an API: the arithmetic, by hand."""

import pytest

from fourbit.errors import UserError
from fourbit.vram.cost import Cloud, Own, Use, compute

USE = Use(tokens=360_000, speed=50)  # two hours of work
OWN = Own(price=730, years=2, busy_watts=300, idle_watts=50, on=24, power=0.5)


def test_a_day_by_hand():
    found = compute(USE, OWN, Cloud(api=2, rent=0.75, hours=4))
    assert found.busy == pytest.approx(2)
    assert found.fixed == pytest.approx(1)
    assert found.power == pytest.approx((2 * 0.3 + 22 * 0.05) * 0.5)
    assert found.own == pytest.approx(1.85)
    assert (found.api, found.rent) == (pytest.approx(0.72), pytest.approx(3))
    assert found.possible


def test_at_the_break_even_both_cost_the_same():
    even = compute(USE, OWN, Cloud(api=2)).even_api
    there = compute(Use(even, USE.speed), OWN, Cloud(api=2))
    assert there.own == pytest.approx(there.api)
    hours = compute(USE, OWN, Cloud(rent=0.75)).even_rent
    there = compute(USE, OWN, Cloud(rent=0.75, hours=hours))
    assert there.own == pytest.approx(there.rent)


def test_months_until_it_is_paid_back():
    found = compute(USE, OWN, Cloud(rent=0.75, hours=4))
    assert found.months == pytest.approx(730 / (3 - 0.85) / (365 / 12))
    assert compute(USE, OWN, Cloud(api=0.1)).months is None
    assert compute(USE, OWN, Cloud()).months is None


def test_never_is_said():
    assert compute(USE, OWN, Cloud(api=0.01)).even_api is None  # more than a day's tokens
    assert compute(USE, OWN, Cloud(rent=0.01)).even_rent is None
    power = Own(730, 2, 3000, 0, 24, 10.0)
    assert compute(USE, power, Cloud(api=2)).even_api is None  # a token takes more power than the API asks


def test_a_day_has_24_hours():
    assert not compute(Use(5_000_000, 50), OWN, Cloud(api=1)).possible
    on_while_it_works = compute(Use(360_000, 50), Own(730, 2, 300, 50, 0, 0.5), Cloud())
    assert on_while_it_works.power == pytest.approx(2 * 0.3 * 0.5)


@pytest.mark.parametrize(
    "use, own, cloud, word",
    [
        (Use(-1, 50), OWN, Cloud(), "tokens a day"),
        (Use(1, 0), OWN, Cloud(), "tokens a second"),
        (USE, Own(730, 0, 1, 1, 1, 1), Cloud(), "years"),
        (USE, Own(730, 1, 1, 1, 25, 1), Cloud(), "hours a day"),
        (USE, Own(float("nan"), 1, 1, 1, 1, 1), Cloud(), "price of the hardware"),
        (USE, OWN, Cloud(hours=30), "hours rented"),
    ],
)
def test_what_cannot_be_is_named(use, own, cloud, word):
    with pytest.raises(UserError, match=word):
        compute(use, own, cloud)
