from pathlib import Path

from datasets import load_dataset

from fourbit.book.drift import prove


def load(**options):
    Path("rows.jsonl").write_text('{"text": "some text"}')
    return load_dataset(
        "json", data_files="rows.jsonl", split="train", **options
    )


prove(
    """
datasets 2.21 datasets-removed-name
from datasets import load_metric
import torch.nn.functional as F; F.cross_entropy

datasets 2.21 -
from datasets import list_datasets
from huggingface_hub import list_datasets

datasets 2.21 -
load(use_auth_token=True)
load(token=True)

datasets 2.21 -
load(ignore_verifications=True)
load(verification_mode="no_checks")

datasets 2.21 -
load(task="text-classification")
load()

datasets 3.6 datasets-scripts-unsupported
open("x.py", "w").close(); load_dataset("x.py")
load()

huggingface_hub 0.36 -
from huggingface_hub import HfFolder
from huggingface_hub import get_token

huggingface_hub 0.36 -
from huggingface_hub import Repository
from huggingface_hub import upload_folder

huggingface_hub 0.25 -
from huggingface_hub import cached_download
from huggingface_hub import hf_hub_download
""",
    {"load": load, "load_dataset": load_dataset},
)
