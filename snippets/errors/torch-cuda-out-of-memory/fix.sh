# --8<-- [start:fix]
fourbit vram llama-3.1-8b --quant Q4_K_M --context 8192 \
  --gpu 12GB > plan.txt
# --8<-- [end:fix]
# --8<-- [start:check]
grep "fits" plan.txt
# --8<-- [end:check]
