# --8<-- [start:fix]
import os

from fourbit.tiny import MODEL as FOLDER

print(sorted(os.listdir(FOLDER)))
# --8<-- [end:fix]
# --8<-- [start:check]
from fourbit.engine import models

assert "config.json" in os.listdir(FOLDER)
assert models.find(str(FOLDER))
# --8<-- [end:check]
