"""The waiting page: its words in each language, its templates, and a user's own look.

How a page is made:
    pages.py      makes pages: fills the shell that a view needs
    view.py       what a page shows one visitor
    page_slots.py     shells: rendered templates, once for each state and language, with slots
    slots.py      slots: what stands in a shell for what differs from visitor to visitor
    values.py     what goes into the slots
    templates.py  the template environments, in which a user's own templates win over ours

What it says and how it looks:
    wording.py    its texts, and numbers and durations in words
    languages.py  the catalogues, and which of them a visitor reads
    theme.py      a user's name, logo and colours

A user's own templates:
    own_first.py        renders by them, and by ours if one fails
    preview.py          the made-up visitors with which they are tried
"""
