import numpy as np

codes = np.array([3, 250], np.uint8)
codes - 300
