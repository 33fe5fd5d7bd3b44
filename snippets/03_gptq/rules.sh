# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
# --8<-- [start:main]
fourbit quantize tiny --bits 3 --rule 'v_proj=8' --out mixed
grep --after-context 4 dynamic mixed/quantize_config.json
# --8<-- [end:main]
