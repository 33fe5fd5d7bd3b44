"""One pass over the columns of a layer: each is rounded to its grid after the errors of those before it arrived."""

from collections.abc import Callable, Iterator

import torch

from fourbit.engine.grids import Grids

LEAF = 32  # columns that are treated one by one; above that, matrix products
SERIAL = 512  # columns up to which one thread is faster than several: waking them costs more than the work


def sweep(
    target: torch.Tensor,
    delta: torch.Tensor,
    coupling: torch.Tensor,
    grids: Grids,
    group: torch.Tensor,
    group_size: int,
    start_group: Callable[[int, int], None] | None = None,
) -> torch.Tensor:
    """Round column after column; column j aims at target[j] + sum over i < j of coupling[j, i] * delta[i].

    target       (d_in, d_out), a column of the layer in each row; overwritten with what is left of each column's aim
                 after rounding it
    delta        (d_in, d_out), what errors are counted from; overwritten with itself less what was rounded to
    coupling     (d_in, d_in), read below the diagonal
    group        (d_in,), the group of each column
    start_group  called with (g, column) when a group of consecutive columns is reached: sets its grid
    Returns the codes (d_in, d_out) uint8.
    """
    leaf = LEAF if start_group is None else min(LEAF, group_size)
    codes = torch.empty_like(target, dtype=torch.uint8)
    # A leaf's columns are copied to buffers that stay in the cache, and whose rows and leading parts are views made
    # once: making a view takes as long as adding a thousand numbers.
    aims, errors, steps = (torch.empty_like(target[:leaf]) for _ in range(3))
    couplings = torch.empty_like(coupling[:leaf, :leaf])
    earlier = [(errors[:n].T, row[:n]) for n, row in enumerate(couplings)]
    rows = list(zip(aims, errors, steps, earlier, strict=True))
    inverse, lowest = 1 / grids.scale, -grids.zero
    highest = lowest + grids.top
    grid_rows = list(zip(grids.scale, grids.zero, inverse, lowest, highest, strict=True))
    group_of = group.tolist()

    def round_columns(first: int, last: int) -> None:
        here, used = slice(first, last), slice(last - first)
        aims[used], errors[used], couplings[used, used] = target[here], delta[here], coupling[here, here]
        for j, (aim, error, step, (errors_before, couplings_before)) in zip(
            range(first, last), rows, strict=False
        ):
            scale, zero, inverse, lowest, highest = grid_rows[group_of[j]]
            if start_group is not None and j % group_size == 0:
                start_group(group_of[j], j)
                torch.reciprocal(scale, out=inverse)
                torch.neg(zero, out=lowest)
                torch.add(lowest, grids.top, out=highest)
            if j > first:
                aim.addmv_(errors_before, couplings_before)
            torch.mul(aim, inverse, out=step).round_().clamp_(lowest, highest)
            error.addcmul_(step, scale, value=-1)
            aim.addcmul_(step, scale, value=-1)
            step.add_(zero)
        target[here], delta[here], codes[here] = aims[used], errors[used], steps[used]

    threads = torch.get_num_threads()
    try:
        for first, middle, last in _plan(0, len(target), leaf, group_size):
            torch.set_num_threads(threads if last - first > SERIAL else 1)
            if middle == last:
                round_columns(first, last)
            else:
                left, right = slice(first, middle), slice(middle, last)
                target[right].addmm_(coupling[right, left], delta[left])
    finally:
        torch.set_num_threads(threads)
    return codes


def _plan(first: int, last: int, leaf: int, group_size: int) -> Iterator[tuple[int, int, int]]:
    """Steps (first, middle, last): errors of columns first..middle reach those up to last; or, where middle is
    last, columns are rounded.

    The columns are halved again and again, and the left half's errors reach the right half in one matrix product:
    large products where most of the work is, and no block size to choose. Halves end where groups end, so that a
    group has all earlier errors when it starts.
    """
    if last - first <= leaf:
        yield first, last, last
        return
    unit = group_size if last - first > group_size else leaf
    middle = first + max(unit, (last - first) // 2 // unit * unit)
    yield from _plan(first, middle, leaf, group_size)
    yield first, middle, last
    yield from _plan(middle, last, leaf, group_size)
