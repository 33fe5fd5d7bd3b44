# /// script
# [tool.fourbit]
# overlays = ["convert"]
# ///
python convert.py my-model --outtype f16
