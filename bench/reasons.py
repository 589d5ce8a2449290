"""Why rows stay below their aims: what bounds them, and what was tried in vain.

The report puts each reason under the rows that it explains; a row short of its aim without one is
listed as not looked into.
"""

import re

REASONS = []


def reason_of(name, threads):
    """What is said of a row that is short of its aim; "" if nothing is."""
    for pattern, only, reason in REASONS:
        if re.fullmatch(pattern, name) and only in (None, threads):
            return " ".join(reason.split())
    return ""
