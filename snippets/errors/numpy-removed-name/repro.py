import numpy as np

np.zeros(4, dtype=np.float_)
