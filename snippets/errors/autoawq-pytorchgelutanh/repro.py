# /// script
# [tool.fourbit]
# overlays = ["awq", "transformers457", "transformers4"]
# ///
import awq  # noqa: F401
