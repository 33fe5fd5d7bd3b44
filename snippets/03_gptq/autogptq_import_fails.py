"""Why `import auto_gptq` ends in ImportError under transformers 5."""

import json

import transformers

# --8<-- [start:import]
try:
    # auto_gptq imports this name; transformers 5 keeps it elsewhere.
    from transformers.modeling_utils import no_init_weights
except ImportError as error:
    message = str(error).split(" (")[0]  # without the path
    print(f"ImportError: {message}")
# --8<-- [end:import]
assert int(transformers.__version__.split(".")[0]) >= 5
assert message.startswith("cannot import name 'no_init_weights'")
result = {"transformers": transformers.__version__, "error": message}
print(json.dumps(result))
