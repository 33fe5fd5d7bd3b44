# --8<-- [start:fix]
import json

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from fourbit.tiny import MODEL

config = json.loads((MODEL / "config.json").read_text())
print(transformers.__version__, config["model_type"])
# --8<-- [end:fix]
# --8<-- [start:check]
assert config["model_type"] in CONFIG_MAPPING
# --8<-- [end:check]
