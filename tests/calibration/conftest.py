"""The tiny model's tokenizer, loaded once."""

import pytest


@pytest.fixture(scope="session")
def tokenizer():
    from fourbit import tiny
    from fourbit.engine import models

    return models.load_tokenizer(tiny.MODEL)
