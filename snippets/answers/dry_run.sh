# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "prints estimates for the machine it runs on; tests of the command run it"
# ///
# --8<-- [start:main]
fourbit quantize MODEL --bits 4 --out model-4bit --dry-run
# --8<-- [end:main]
