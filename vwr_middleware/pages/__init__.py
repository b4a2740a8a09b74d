"""The waiting page: its words in each language, its templates, and a user's own look."""
