# --8<-- [start:fix]
import numpy
import pyarrow

print("NumPy", numpy.__version__, "pyarrow", pyarrow.__version__)
# --8<-- [end:fix]
# --8<-- [start:check]
assert pyarrow.array(numpy.arange(3)).to_pylist() == [0, 1, 2]
# --8<-- [end:check]
