"""The waiting page: its words in each language, its templates, and a user's own look.

pages.py makes it. A view (view.py) decides which shell it needs (shells.py). templates.py makes
shells, once each, with slots (slots.py) for what differs from visitor to visitor (values.py).

wording.py has what it says, languages.py the catalogues, theme.py a user's logo and colours, which
contrast.py judges.

own_first.py takes a user's own templates before ours. What may be wrong with those is told by
template_errors.py and own_blocks.py; they are tried with the made-up visitors of preview.py.
"""
