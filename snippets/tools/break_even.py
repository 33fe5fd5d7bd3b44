"""What owning costs a day, and when it costs what an API asks."""

import json

from fourbit.vram.cost import Cloud, Own, Use, compute

# --8<-- [start:main]
# An example in round numbers; put your own in their place.
use = Use(tokens=200_000, speed=40)  # a day; a second
own = Own(
    price=1000,
    years=2,
    busy_watts=300,
    idle_watts=50,
    on=24,
    power=0.25,
)
found = compute(use, own, Cloud(api=1.0))

busy = 200_000 / 40 / 3600  # hours of work
power = (busy * 300 + (24 - busy) * 50) / 1000 * 0.25
assert abs(found.own - (1000 / (2 * 365) + power)) < 1e-9
print(f"{busy:.2f} hours of work, {found.own:.2f} a day")
print(f"the API: {found.api:.2f} a day, even at {found.even_api:,.0f}")
# --8<-- [end:main]

# where they cost the same, of an API of 1 per million tokens
rows = [
    {
        "day": day,
        **{f"at_{api}": day / api for api in (1, 2, 5, 10)},
    }
    for day in (0.25, 0.5, 1, 2, 5, 10)
]
limit = 24 * 3600 * 40  # tokens that 40 a second make in a day
idle = 50 * 24 / 1000  # kWh
assert compute(use, own, Cloud(api=0.01)).even_api is None
result = {
    "busy": busy,
    "own": found.own,
    "fixed": found.fixed,
    "power": found.power,
    "even": found.even_api,
    "limit": limit,
    "idle": idle,
    "rows": rows,
}
print(json.dumps(result))
