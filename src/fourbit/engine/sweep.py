"""One pass over the columns of a layer: each is rounded to its grid after the errors of those before it arrived."""

from collections.abc import Callable

import torch

from fourbit.engine.grids import Grids

LEAF = 32  # columns that are treated one by one; above that, matrix products
SERIAL = 512  # columns up to which one thread is faster than several: waking them costs more than the work


def sweep(
    target: torch.Tensor,
    anchor: torch.Tensor,
    coupling: torch.Tensor,
    grids: Grids,
    group: torch.Tensor,
    group_size: int,
    start_group: Callable[[int, int], None] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Round column after column; column j aims at target[j] + sum over i < j of coupling[j, i] * delta[i].

    target, anchor  (d_in, d_out), a column of the layer in each row; delta[i] = anchor[i] - what i was rounded to.
                    `target` is overwritten with what each column aimed at
    coupling        (d_in, d_in), read below the diagonal
    group           (d_in,), the group of each column
    start_group     called with (g, column) when a group of consecutive columns is reached: sets its grid
    Returns steps and delta, (d_in, d_out) each.

    The columns are halved again and again, and the left half's errors reach the right half in one matrix
    product: large products where most of the work is, and no block size to choose.
    """
    d_in = len(target)
    steps, delta = torch.empty_like(target), torch.empty_like(target)
    group_of = group.tolist()
    inverse, lowest = 1 / grids.scale, -grids.zero
    highest = lowest + grids.top
    # unbind makes all row views at once, which costs far less than indexing in the loop
    targets, anchors, all_steps, deltas = (t.unbind(0) for t in (target, anchor, steps, delta))
    scales, inverses, lowests, highests = (t.unbind(0) for t in (grids.scale, inverse, lowest, highest))

    leaf = LEAF if start_group is None else min(LEAF, group_size)

    threads = torch.get_num_threads()

    def run(first: int, last: int, serial: bool = False) -> None:
        if not serial and last - first <= SERIAL:
            torch.set_num_threads(1)
            run(first, last, serial=True)
            torch.set_num_threads(threads)
            return
        if last - first > leaf:
            # Halves end where groups end, so that a group has all earlier errors when it starts.
            unit = group_size if last - first > group_size else leaf
            middle = first + max(unit, (last - first) // 2 // unit * unit)
            run(first, middle, serial)
            target[middle:last].addmm_(coupling[middle:last, first:middle], delta[first:middle])
            run(middle, last, serial)
            return
        for j in range(first, last):
            aim, g = targets[j], group_of[j]
            if start_group is not None and j % group_size == 0:
                start_group(g, j)
                torch.reciprocal(scales[g], out=inverses[g])
                torch.neg(grids.zero[g], out=lowests[g])
                torch.add(lowests[g], grids.top, out=highests[g])
            if j > first:
                aim.addmv_(delta[first:j].T, coupling[j, first:j])
            step = torch.mul(aim, inverses[g], out=all_steps[j]).round_().clamp_(lowests[g], highests[g])
            torch.addcmul(anchors[j], step, scales[g], value=-1, out=deltas[j])

    try:
        run(0, d_in)
    finally:
        torch.set_num_threads(threads)
    del run  # it refers to itself, and would keep all these tensors until garbage is collected
    return steps, delta
