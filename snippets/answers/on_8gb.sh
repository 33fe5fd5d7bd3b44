# /// script
# [tool.fourbit]
# timeout = 60
# ///
# --8<-- [start:main]
fourbit vram llama-3.1-8b --gpu 8GB --compare
# --8<-- [end:main]
