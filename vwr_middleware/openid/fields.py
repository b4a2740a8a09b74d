"""What is sent to a provider in a query or a form: each parameter once, and nothing strange in it.

RFC 6749 wants this of every endpoint: none may come twice (section 3.1), one without a value counts
as left out, and all are printable ASCII (appendix A).
"""

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import parse_qsl

#: Characters of a query at most: the waiting page has to lead back to it.
LONGEST_QUERY = 4000
#: Of one parameter, and of those that go on to others: an answer's headers must fit into 4 kB.
_LONGEST, _LONGEST_OF = 4000, {"state": 2000, "nonce": 500, "client_id": 64, "redirect_uri": 600}
_MOST = 40
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Fields:
    """The parameters of a request that are as they should be, by name."""

    values: dict[str, str]
    #: The names of all others, each with what is wrong.
    wrong: dict[str, str]

    @property
    def problem(self) -> str:
        """The first thing that is wrong; "" if there is none."""
        return next(iter(self.wrong.values()), "")


def read(text: str) -> Fields:
    """The parameters in a query or in the body of a form."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except ValueError:
        return Fields({}, {"": "the request cannot be read: too many parameters, or no UTF-8"})
    given = [(name, value) for name, value in pairs if value]
    counts = Counter(name for name, _ in given)
    values, wrong = dict[str, str](), dict[str, str]()
    for name, value in given:
        if (problem := _problem(name, value, counts[name])) and name.isidentifier():
            wrong[name] = problem
        elif not problem:
            values[name] = value
    return Fields(values, wrong)


def _problem(name: str, value: str, count: int) -> str:
    if not _PRINTABLE.fullmatch(name):
        return "a name has strange characters"
    if count > 1:
        return f"{name} is there {count} times"
    if not _PRINTABLE.fullmatch(value):
        return f"{name} has strange characters"
    if len(value) > _LONGEST_OF.get(name, _LONGEST):
        return f"{name} is too long"
    return ""
