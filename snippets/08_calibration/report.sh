# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.05
# ///
# --8<-- [start:main]
fourbit calibration docs --model tiny --deploy code
# --8<-- [end:main]
