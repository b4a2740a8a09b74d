"""The papers that a visitor brings along: tickets, access tokens, and the cookies they lie in."""
