# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "their output is that of your machine"
# ///
# --8<-- [start:main]
llama-bench -m model.gguf -p 512 -n 128 -ngl 99
nvidia-smi --query-gpu=name,memory.total --format=csv
sysctl hw.memsize machdep.cpu.brand_string
sudo dmidecode -t memory | grep -E "Size|Configured Memory Speed"
# --8<-- [end:main]
