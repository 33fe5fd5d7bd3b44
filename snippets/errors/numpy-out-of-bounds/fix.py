import numpy as np

codes = np.array([3, 250], np.uint8)
# --8<-- [start:fix]
shifted = codes.astype(np.int16) - 300
wrapped = shifted.astype(np.uint8)
# --8<-- [end:fix]
# --8<-- [start:check]
assert shifted.tolist() == [-297, -50]
assert wrapped.tolist() == [-297 % 256, -50 % 256]
# --8<-- [end:check]
