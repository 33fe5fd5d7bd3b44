"""sorted(x)[int(n * 0.9)] of ten values is their maximum."""

import json

# --8<-- [start:main]
import math
import statistics

latencies = [41, 42, 42, 43, 43, 44, 44, 45, 46, 480]  # ms, a hiccup
n = len(latencies)

popular = sorted(latencies)[int(n * 0.9)]  # index 9, the tenth of ten
nearest_rank = sorted(latencies)[math.ceil(n * 0.9) - 1]  # the ninth
inside, beyond = (  # the last of nine cuts into tenths
    statistics.quantiles(latencies, n=10, method=method)[8]
    for method in ("inclusive", "exclusive")
)
print(f"popular code          {popular:6.1f} ms, the maximum")
print(f"nearest rank          {nearest_rank:6.1f} ms")
print(f"quantiles, inclusive  {inside:6.1f} ms")
print(f"quantiles, exclusive  {beyond:6.1f} ms")
print(f"median                {statistics.median(latencies):6.1f} ms")
assert popular == max(latencies)
assert nearest_rank < inside < beyond < popular
# The definitions disagree, since ten values hold no 90th percentile.
# With a thousand they agree, and the popular index does no harm.
many = list(range(1, 1001))
answers = [many[int(1000 * 0.9)], many[math.ceil(1000 * 0.9) - 1]]
answers += [statistics.quantiles(many, n=10)[8]]
assert max(answers) - min(answers) <= 1
# --8<-- [end:main]

result = {
    "popular": popular,
    "nearest_rank": nearest_rank,
    "inclusive": inside,
    "exclusive": beyond,
    "median": statistics.median(latencies),
}
print(json.dumps(result))
