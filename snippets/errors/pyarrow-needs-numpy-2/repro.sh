python - << 'END'
import numpy

numpy.__version__ = "1.26.4"
import pyarrow
END
