"""The room as a service of its own: its file, its command, its reloads."""
