"""A ticket shop behind a waiting room, with a crowd: `vwr demo`.

command.py starts the shop (servers.py, or foreign_app.py for the one in PHP) and the crowd
(crowd.py), and report.py tells in the terminal how the room stands. The shop has a thousand tickets
at first (stock.py), so people in line read whether any will be left for them.
"""
