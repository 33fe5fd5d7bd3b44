"""A prompt as a chat model expects it: the file's chat template, rendered in Jinja's sandbox.

A template is a program by a stranger. The sandbox gives it loops, filters and strings, no attribute that leads into
Python, and nothing that it can change.
"""

import json
from datetime import datetime

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fourbit.errors import UserError


def render(template: str, prompt: str, bos: str, eos: str) -> str:
    """The text for one message of a user, up to where the answer begins.

    bos, eos  texts of these tokens, which some templates write themselves
    UserError when the template does not parse, refuses the message or fails.
    """
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _tojson  # Jinja's own writes for HTML
    environment.globals |= {
        "raise_exception": _refuse,
        "strftime_now": lambda pattern: datetime.now().strftime(pattern),
    }
    given = {
        "messages": [{"role": "user", "content": prompt}],
        "add_generation_prompt": True,
        "bos_token": bos,
        "eos_token": eos,
    }
    try:
        return environment.from_string(template).render(given)
    except Exception as error:  # noqa: BLE001  templates are programs by strangers: they raise what they like
        raise UserError(f"its chat template fails: {error}; --raw goes without the template") from None


def _tojson(value, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str):
    raise TemplateError(message)
