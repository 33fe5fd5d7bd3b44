"""Fix one weight; the best answer of all others has a closed form."""

import json

# --8<-- [start:main]
import numpy as np

rng = np.random.default_rng(0)
X = rng.standard_normal((64, 6)) @ rng.standard_normal((6, 6))
H = 2 * X.T @ X / len(X)  # Hessian of the mean squared error
w = rng.standard_normal(6)
q, d = 2, 0.3  # weight 2 is forced to move by d

inverse = np.linalg.inv(H)
step = d / inverse[q, q] * inverse[:, q]  # moves all weights
loss = d**2 / (2 * inverse[q, q])

# The same problem by Lagrange multipliers: minimize
# 1/2 s^T H s subject to s[q] = d.
e = np.eye(6)[q]
system = np.block([[H, e[:, None]], [e[None], np.zeros((1, 1))]])
solution = np.linalg.solve(system, np.append(np.zeros(6), d))[:6]
assert np.allclose(step, solution)
assert np.isclose(loss, 0.5 * step @ H @ step)


def output_error(s):  # mean squared change of the output
    return np.mean((X @ s) ** 2)


alone = d * e  # nobody compensates
wrong = 2 * alone - step  # the sign of the others flipped
for name, s in [("best", step), ("alone", alone), ("flipped", wrong)]:
    print(f"{name:8} {output_error(s):.4f}")
assert output_error(step) < output_error(alone) < output_error(wrong)
# --8<-- [end:main]

print(
    json.dumps(
        {
            n: float(output_error(s))
            for n, s in [
                ("best", step),
                ("alone", alone),
                ("flipped", wrong),
            ]
        }
    )
)
