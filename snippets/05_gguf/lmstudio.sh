# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "LM Studio is an application for the desktop"
# ///
# --8<-- [start:main]
# Two folders: publisher, then model.
mkdir -p ~/.lmstudio/models/me/smollm2
cp smollm2-q4_k_m.gguf ~/.lmstudio/models/me/smollm2/
# or: lms import smollm2-q4_k_m.gguf
# --8<-- [end:main]
