# /// script
# [tool.fourbit]
# overlays = ["gptqmodel"]
# ///
# --8<-- [start:fix]
import os

os.environ["GPTQMODEL_CPU_WORKERS"] = "2"
import gptqmodel

# --8<-- [end:fix]
# --8<-- [start:check]
assert gptqmodel.get_device_thread_pool()
# --8<-- [end:check]
