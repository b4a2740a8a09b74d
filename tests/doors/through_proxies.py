"""Which tests of the doors run through which real proxy that asks first.

All do, over one store, but those that are named here, each for a reason. A part of them is in
`make outside`, the others in `make thorough`. They run through the room as a
proxy (`upstream`), too.
"""

import pytest

from tests.support.asking_proxies import PROGRAMS, is_missing


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: In `make outside`, through each proxy: who enters, waits, is called, is confirmed and renewed, by
#: a page, a script, a form and a program; spellings, bodies, cookies and caches.
IN_EVERY_RUN = _names(
    """
    test_a_called_visitor_is_told_to_come_and_comes_in
    test_people_enter_in_the_order_in_which_they_came
    test_a_probe_without_cookies_holds_a_slot_for_a_minute
    test_a_first_cookie_makes_a_public_response_private
    test_no_spelling_of_a_path_is_a_way_around
    test_a_fault_of_the_app_stays_the_apps
    test_a_program_joins_claims_and_enters_by_headers_alone
    test_people_inside_notice_nothing_past_their_tokens_end_and_are_registered_again
    """
)

#: Files about what happens within the app's process, at a wrong address, or at addresses of keys
#: that proxies are to send to the room as well.
OTHER_FILES = _names(
    """
    test_decisions test_django_staff test_key_addresses test_load test_proxies test_subrequests
    test_unserved test_views
    """
)
_NO_PROCESS = _names(
    """
    test_a_stream_stays_a_stream_and_is_closed
    test_a_decorator_without_its_room_fails_loudly
    test_a_decorated_action_takes_its_body_when_the_turn_has_come
    test_a_decorated_view_has_a_room_whatever_its_path
    test_an_ending_is_told_once_the_store_is_back
    test_on_other_paths_nobody_looks_for_the_end_of_a_session
    test_the_page_of_a_challenge_in_front_of_a_view_is_not_in_its_own_room
    test_the_calls_of_a_widget_are_left_open_and_its_frame_waits
    """
)
#: The app is told a session's id, room and position, not how long it lasts and whether it is new.
_ASKS_FOR_MORE = _names(
    """
    test_a_session_goes_on_whose_fresh_token_got_lost
    test_a_session_in_its_grace_is_still_one_session
    test_a_session_is_renewed_past_half_of_its_life
    test_a_ticket_is_worth_nothing_once_its_session_is_over
    test_a_ticket_that_is_replayed_costs_the_store_nothing
    test_in_its_last_two_minutes_every_response_says_what_is_left
    test_the_first_request_that_brings_the_token_back_gets_the_full_length
    test_the_first_visitor_walks_straight_in
    test_who_is_inside_comes_in_on_another_device_by_the_same_session
    test_who_is_inside_reads_on_a_device_in_another_network_why_it_is_not
    test_whoever_saw_a_public_page_last_is_inside_as_long_as_the_store_says
    """
)
#: A response cannot be looked at before the decision brings it a cookie: it becomes private.
_ASKS_BEFORE = _names(
    """
    test_a_renewal_waits_for_a_response_that_no_cache_shares
    test_a_renewal_waits_no_longer_than_three_quarters_of_the_life
    """
)
#: The app's functions are asked once for the decision and once for the page.
_ASKED_TWICE = _names(
    """
    test_a_challenge_that_leads_nowhere_else_lets_nobody_in
    test_an_identity_that_fails_is_logged_and_keeps_nobody_out
    test_what_is_no_id_is_nobody_and_is_logged
    """
)
#: The proxies here speak http, stand at `/`, and are told of their visitors by none before them.
_SETUP = _names(
    """
    test_a_form_of_another_site_takes_one_where_tickets_come_with_it
    test_a_frame_of_another_site_takes_a_place_where_its_cookie_comes_back
    test_a_proxy_that_is_not_trusted_is_warned_of_once
    test_a_room_that_another_store_has_made_is_named_and_others_lose_nothing_by_it
    test_on_https_the_token_comes_back_from_other_sites
    test_partitioned_cookies_say_so
    test_the_log_tells_of_a_proxy_whose_visitors_count_as_one_address
    test_the_prefix_can_lie_inside_the_protected_path
    test_where_only_partitioned_cookies_come_back_no_other_is_given
    """
)
#: What proxies themselves refuse, before they ask: odd bytes, hosts, methods, and long headers.
_REFUSED_BEFORE = _names(
    """
    test_a_long_address_makes_no_long_page
    test_a_second_host_is_no_way_into_the_room_of_another
    test_cookies_that_are_no_good_are_as_none
    test_forged_cookies_before_ones_own_take_nothing_away
    test_no_address_that_a_visitor_makes_up_leads_around_the_challenge
    test_nor_does_it_where_nobody_gets_a_place
    test_what_is_no_head_to_the_server_has_a_body_as_long_as_it_says
    """
)
#: Whether there is a body, the proxy does not say. So a browser's preflight is one with a body too.
_NO_BODY = _names("test_what_only_looks_like_a_preflight_is_not_answered")
LEFT_OUT = (
    _NO_PROCESS | _ASKS_FOR_MORE | _ASKS_BEFORE | _ASKED_TWICE | _SETUP | _REFUSED_BEFORE | _NO_BODY
)

#: What one of them does in its own way.
LEFT_OUT_OF = {
    "nginx": _names("test_no_spelling_of_the_challenges_own_path_leads_around_it"),  # a 400
    "envoy": _names(  # it leaves out the length of a HEAD, and has one Vary of several
        """
        test_a_head_takes_no_place_and_brings_no_body
        test_scripts_of_allowed_origins_may_read_and_post
        """
    ),
    # Its configuration names the cookies of one room. It cannot make a response private, nor bring
    # it a header, and refuses what is encoded and need not be.
    "traefik": _names(
        """
        test_a_first_cookie_makes_a_public_response_private
        test_a_path_that_a_visitor_puts_into_the_challenge_opens_nothing
        test_a_program_that_lost_its_token_is_given_it_again
        test_a_program_with_headers_is_bound_too
        test_a_view_completes_a_session_by_its_id_at_once
        test_no_spelling_of_the_challenges_own_path_leads_around_it
        test_rooms_by_host_go_by_what_a_trusted_proxy_says
        test_rooms_have_cookies_and_lines_of_their_own
        test_scripts_of_allowed_origins_may_read_a_fresh_token_in_the_apps_response
        test_the_token_of_another_room_in_a_header_hides_no_cookie
        """
    ),
    "apache": _names(  # it writes Vary anew
        "test_the_position_is_the_visitors_own test_scripts_of_allowed_origins_may_read_and_post"
    ),
}


def columns_of(test: str) -> list[tuple[str, str]]:
    """The proxies, with the store, through which `make outside` runs a test."""
    return [(proxy, "memory") for proxy in (*PROGRAMS, "upstream")] if test in IN_EVERY_RUN else []


def _door_of(item: pytest.Item) -> tuple[str, str]:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("door_name", ""), params.get("store_url", "")


def is_left_out(item: pytest.Item) -> bool:
    """Whether a test has nothing to say of a proxy."""
    door, store = _door_of(item)
    if door not in (*PROGRAMS, "upstream") or not store:  # or it is for proxies alone
        return False
    name = getattr(item, "originalname", item.name)
    if name in LEFT_OUT_OF.get(door, ()):
        return True
    if door == "upstream" and item.path.stem == "test_unserved":  # it hears what the app says
        return store != "memory"
    return store != "memory" or name in LEFT_OUT or item.path.stem in OTHER_FILES


def mark_for_proxy(item: pytest.Item) -> None:
    """Skip a test whose proxy is not there, and leave most to `make thorough`."""
    door, store = _door_of(item)
    if door in (*PROGRAMS, "upstream"):
        item.add_marker(pytest.mark.outside)
    if door == "upstream" and getattr(item, "originalname", "") not in IN_EVERY_RUN:
        item.add_marker(pytest.mark.thorough)
    if door not in PROGRAMS or not store:
        return
    if is_missing(door):
        item.add_marker(pytest.mark.skip(reason=f"{door} or node is not installed"))
    if getattr(item, "originalname", "") not in IN_EVERY_RUN:
        item.add_marker(pytest.mark.thorough)
