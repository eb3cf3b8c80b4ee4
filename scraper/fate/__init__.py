"""What one check means for a page's life.

A pure state machine: a page and what was seen of it go in, a verdict comes out. It is a
module of its own so that `check` stays thin, and so that a model-based test can drive a
page through any life without a database, a clock or a network.

Three principles carry it.

* A standing is entered with one event and left with one: the event of the standing
  that follows, or `restored` or `recovered`. An attempt that changes nothing is silent.
* Trouble in getting at a page (no answer, a challenge, robots.txt) says nothing about a
  page that is already missing, removed, withdrawn, moved outside or suspect: it keeps
  its standing, and the check alone records the trouble.
* What is not believed yet is not recorded: a text is held back until it was seen again,
  and a 403 of this page alone, or a redirect, leaves the standing as it was till then.
"""

from scraper.fate.judgement import CONFIRMATIONS, judge
from scraper.fate.sighting import Failure, Sighting, Verdict

__all__ = ["CONFIRMATIONS", "Failure", "Sighting", "Verdict", "judge"]
