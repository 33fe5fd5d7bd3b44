import numpy as np

tokens, vocabulary = 2**22, 2**20
np.zeros((tokens, vocabulary), np.float32)
