"""The papers of a visitor: tickets, access tokens, resume codes, and the cookies for them."""
