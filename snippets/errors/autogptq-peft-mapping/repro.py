# /// script
# [tool.fourbit]
# overlays = ["peft", "autogptq", "transformers4"]
# ///
import auto_gptq  # noqa: F401
