from datasets import load_dataset, load_metric
