# /// script
# [tool.fourbit]
# overlays = ["autogptq"]
# ///
import auto_gptq  # noqa: F401
