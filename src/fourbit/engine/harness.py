"""Tasks of lm-evaluation-harness, for those who have it installed: pip install lm_eval."""

import math

from fourbit.engine import models
from fourbit.errors import UserError

Measure = tuple[float, float | None]  # value and standard error


def run(name: str, tasks: list[str]) -> dict[str, dict[str, Measure]]:
    """Value and standard error of every measure of every task, for what `models.find` finds under `name`.

    The harness gets the dequantized float32 model that all else here is measured on; its own settings hold, with no
    examples in the prompt unless a task asks for them. UserError when it is not installed or does not know a task.
    """
    if name.endswith(".gguf"):
        raise UserError(
            f"--tasks: {name} is a GGUF file, and lm-evaluation-harness runs model directories only"
        )
    try:
        from lm_eval import simple_evaluate
        from lm_eval.models.huggingface import HFLM
        from lm_eval.tasks import TaskManager
    except ImportError as error:
        raise UserError(
            f"--tasks: lm-evaluation-harness is not installed ({error}); run: pip install lm_eval. Without it, measure "
            "KL divergence: it sees damage that tasks of a few hundred items cannot"
        ) from None
    manager = TaskManager()
    if unknown := [task for task in tasks if task not in manager.all_tasks]:
        raise UserError(
            f"--tasks: lm-evaluation-harness has no task {', '.join(unknown)}; "
            "its command `lm_eval ls tasks` lists them"
        )
    path = models.find(name)
    wrapped = HFLM(pretrained=models.load(path), tokenizer=models.load_tokenizer(path), device="cpu")
    try:
        found = simple_evaluate(wrapped, tasks=tasks, task_manager=manager, log_samples=False)["results"]
    except (OSError, ValueError) as error:  # most tasks load a data set from the hub
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"--tasks {','.join(tasks)}: lm-evaluation-harness failed: {reason}") from None
    return {task: _measures(values) for task, values in found.items()}


def _measures(values: dict) -> dict[str, Measure]:
    """From keys such as "acc,none" and "acc_stderr,none"; None where the harness gives no error."""
    measures = {}
    for key, value in values.items():
        measure, comma, filtered = key.partition(",")
        if not comma or measure.endswith("_stderr"):
            continue
        error = values.get(f"{measure}_stderr,{filtered}")
        known = isinstance(error, int | float) and not math.isnan(error)
        measures[measure if filtered == "none" else key] = (float(value), float(error) if known else None)
    return measures
