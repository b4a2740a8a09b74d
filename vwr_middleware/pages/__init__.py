"""The waiting page: its words in each language, its templates, and a user's own look.

How a page is made:
    pages.py       makes pages: fills in what differs from visitor to visitor
    qr_code.py     a QR code of the link for another device
    view.py        what a page shows one visitor
    page_slots.py  pages rendered once for each state and language, their slots, and what fills them
    templates.py   our templates and a user's own, which win over ours until one fails

What it says and how it looks:
    wording.py     its texts, and numbers and durations in words
    languages.py   the catalogues, and which of them a visitor reads
    operator_language.py  the language of an answer for operators, its texts and numbers
    announcements.py  the operator's message: a text per language, links, a time, how urgent
    theme.py       a user's logo, header, colours and font, and whether these can be read
    contrast.py    how well a colour is read on another, and colours that are
    gallery.py     every state of the page side by side, for `vwr preview`
    preview.py     made-up visitors, with which a user's own templates are tried
"""
