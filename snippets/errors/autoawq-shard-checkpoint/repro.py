# /// script
# [tool.fourbit]
# overlays = ["awq026", "transformers4"]
# ///
import awq  # noqa: F401
