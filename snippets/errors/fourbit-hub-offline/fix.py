import shutil

from fourbit.tiny import MODEL

shutil.copytree(MODEL, "folder")  # stands for the download
# --8<-- [start:fix]
from fourbit.engine import models

model = models.load(models.find("folder"))
# --8<-- [end:fix]
# --8<-- [start:check]
assert model.num_parameters()
# --8<-- [end:check]
