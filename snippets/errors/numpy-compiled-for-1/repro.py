import numpy.core._multiarray_umath as numpy_1

numpy_1._ARRAY_API
