"""The fair draw of those who came before the opening, in a form that anybody can check.

permutation.py gives each registration number its place; seed.py makes the secret that decides it,
and the commitment to it; record.py is what is published of a draw; drand.py says whether a public
value is drand's. Nothing here knows a room, a store or the time.
"""
