"""Streaming: the memory of a run does not grow with the model."""

import json
import subprocess
import sys


def test_a_model_is_quantized_in_a_third_of_its_memory(root):
    """620 MB in 100 small blocks; the snippet's own sizes, of several GB, are recorded with the book."""
    script = root / "snippets" / "bench" / "memory_curve.py"
    command = [sys.executable, script, "100", "512", "rtn", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["model_bytes"] > 6e8
    assert result["peak_bytes"] - result["baseline_bytes"] < 0.35 * result["model_bytes"]
    early, late = (
        max(point["rss_mb"] for point in result["curve"] if point["block"] in blocks)
        for blocks in (range(5, 30), range(70, 95))
    )
    assert late < 1.15 * early
