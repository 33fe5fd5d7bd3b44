"""`fourbit doctor`: what this machine has, and what to mend on it, without a network."""

import json
from dataclasses import asdict

import typer
from rich.table import Table

from fourbit.cli.console import AsJson, out

MARKS = {"broken": ("✗", "red"), "slow": ("!", "yellow"), "note": ("·", "dim")}
PLAIN = {"soft_wrap": True, "highlight": False, "markup": False}


def doctor(as_json: AsJson = False) -> None:
    """Examine this machine: Python, PyTorch, drivers, memory, disks, and versions that do not work together.

    Exit code 1 when something is to be mended. Nothing is changed and nothing is sent.
    """
    from fourbit.doctor import NOTE, examine, this

    facts, findings = examine(this())
    mend = [one for one in findings if one.level != NOTE]
    if as_json:
        print(
            json.dumps(
                {"facts": [asdict(one) for one in facts], "findings": [asdict(one) for one in findings]}
            )
        )
    else:
        _show(facts, findings, len(mend))
    if mend:
        raise typer.Exit(1)


def _show(facts: list, findings: list, mend: int) -> None:
    """What to mend, most urgent first; then notes; then the table."""
    if mend:
        out.print(
            f"{mend} {'thing' if mend == 1 else 'things'} to mend, most urgent first\n", style="bold", **PLAIN
        )
    for number, one in enumerate(findings, 1):
        mark, style = MARKS[one.level]
        if number == mend + 1:
            out.print("Good to know\n", style="bold", **PLAIN)
        head = f"{number}. {one.what}" if one.level != "note" else one.what
        out.print(f"{mark} {head}", style=style, **PLAIN)
        for label, text in (("so", one.why), ("do", one.fix), ("see", one.link)):
            if text:
                out.print(f"    {label:<4}{text}", **PLAIN)
        out.print()
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for one in facts:
        table.add_row(one.name, one.found)
    out.print(table, highlight=False, markup=False)
    if not mend:
        out.print("\nNothing to mend.", style="green", **PLAIN)
