# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "lists what you have downloaded"
# ///
# --8<-- [start:main]
hf cache ls
export HF_HOME=/large/disk/huggingface   # before the next download
# --8<-- [end:main]
