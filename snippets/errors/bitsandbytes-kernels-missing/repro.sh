# /// script
# [tool.fourbit]
# overlays = ["peft"]
# ///
python -c 'import bitsandbytes'
