"""How much work one comparison may be: counted, so that it never hangs on a clock.

The same two articles always give the same answer. Where a budget is spent, the answer
gets coarser and stays true: runs of words grow longer, a rewording becomes a removal
and an addition. Nobody meets a bound on a page that people read; the fetch bound lets
in pages that no one would.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Work:
    """What is left to spend on one comparison; half a second in all.

    Attributes:
        words: Words that may be taken out of texts.
        cells: Cells of matrices of words or blocks whose alignment is wanted, one bit
            each: a hundred million take 12 MB and 0.05 s.
        alike: Such cells where only likeness is wanted.
        pairs: Pairs of blocks whose likeness is looked at.
    """

    words: int = 400_000
    cells: int = 500_000_000
    alike: int = 4_000_000_000
    pairs: int = 250_000

    def take(
        self, *, words: int = 0, cells: int = 0, alike: int = 0, pairs: int = 0
    ) -> bool:
        """Spend so much and return True, or nothing where less is left."""
        if (
            words > self.words
            or cells > self.cells
            or alike > self.alike
            or pairs > self.pairs
        ):
            return False
        self.words -= words
        self.cells -= cells
        self.alike -= alike
        self.pairs -= pairs
        return True
