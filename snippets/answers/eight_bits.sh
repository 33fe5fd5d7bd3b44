# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "takes minutes on a real model; tests of both commands run them on tiny"
# ///
# --8<-- [start:main]
fourbit quantize MODEL --bits 8 --out eight
fourbit evaluate eight --against MODEL --text your-text.txt
# --8<-- [end:main]
