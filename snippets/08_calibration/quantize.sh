# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.05
# ///
cd "$(mktemp -d)"
mkdir notes  # stands for your own folder
python -c "
from fourbit import tiny
for i, text in enumerate(tiny.documents('docs', 'calibration')[:40]):
    open(f'notes/{i}.md', 'w').write(text)
"
# --8<-- [start:main]
fourbit quantize tiny --calib notes/:2,code:1 --length 256 --out mine
fourbit evaluate mine --against tiny --text code
# --8<-- [end:main]
