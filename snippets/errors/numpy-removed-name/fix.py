# --8<-- [start:fix]
import numpy as np

NEW = {
    "np.float_": np.float64,
    "np.float": float,
    "np.Inf": np.inf,
    "np.product": np.prod,
    "np.in1d": np.isin,
}
array = np.zeros(4, dtype=NEW["np.float_"])
# --8<-- [end:fix]
# --8<-- [start:check]
assert array.dtype == np.float64
assert not any(hasattr(np, old[3:]) for old in NEW)
# --8<-- [end:check]
