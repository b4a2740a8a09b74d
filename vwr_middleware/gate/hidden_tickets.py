"""Whether a browser has a ticket that it does not send, or keeps none: it takes no place then."""

from vwr_middleware.gate.visit import Visit
from vwr_middleware.papers.cookies import Jar
from vwr_middleware.web.cors import is_from_other_site
from vwr_middleware.web.negotiation import is_in_frame_of_other_site, keeps_only_partitioned


def keeps_nothing(visit: Visit, jar: Jar) -> bool:
    """Whether the browser keeps no ticket, so that each load of a frame would take a place."""
    return is_in_frame_of_other_site(visit.request) and _lacks_lax_ticket(visit, jar)


def hides_ticket(visit: Visit, jar: Jar) -> bool:
    """Whether the browser may have a ticket that it does not send with this form of another site. A
    new ticket would replace it: so any page could take somebody's place away."""
    is_form = visit.is_navigation and not visit.is_safe
    is_foreign = is_form and is_from_other_site(visit.request, visit.origin)
    return is_foreign and _lacks_lax_ticket(visit, jar)


def _lacks_lax_ticket(visit: Visit, jar: Jar) -> bool:
    """Whether a request may lack a ticket only because it comes from a page of another site."""
    if visit.papers.ticket() is not None:
        return False
    cookie = jar.no_ticket(visit.is_https)
    is_kept = cookie.partitioned or not keeps_only_partitioned(visit.request)
    return cookie.same_site != "None" or not is_kept
