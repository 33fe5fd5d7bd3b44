# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "needs a GPU and hours of training"
# ///
# --8<-- [start:main]
python convert_lora_to_gguf.py adapter --base base-model
llama-cli -m base-q4_k_m.gguf --lora adapter.gguf
# --8<-- [end:main]
