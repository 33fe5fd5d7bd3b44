# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "tells about the machine it runs on; its own tests examine made-up machines"
# ///
# --8<-- [start:main]
fourbit doctor
# --8<-- [end:main]
