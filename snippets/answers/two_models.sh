# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "needs two models of several gigabytes"
# ///
# --8<-- [start:main]
fourbit diagnose 13b-3bit --against 13b --text your-text.txt
fourbit diagnose 7b-4bit --against 7b --text your-text.txt
# --8<-- [end:main]
