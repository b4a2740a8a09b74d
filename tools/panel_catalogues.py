"""The texts of the panel and the report, and their catalogues in each language of the waiting page.

`python -m tools.panel_catalogues` writes each catalogue anew after a change of texts: it keeps what
is translated, leaves out what nobody says any more, and names what is still to be translated. Then
run `python -m tools.build_assets`.
"""

import ast
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from vwr_middleware.alarms.kinds import KINDS
from vwr_middleware.inlet.choices import CHOICES
from vwr_middleware.pages.languages import LANGUAGE_NAME, SAMPLE_NUMBER
from vwr_middleware.panel.changes import NAMES
from vwr_middleware.worker.stock_asking import PROBLEMS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vwr_middleware"
LOCALE = PACKAGE / "locale"
#: Functions whose first argument is a text. `several` has two: the singular and the plural.
SAYING = ("_", "marked", "said", "said_later", "several", "wrong")
#: Who speaks to operators: the panel, the report, and whoever says what is wrong with a setting.
SPEAKING = (
    *("panel/*.py", "report/*.py", "settings/*.py", "inlet/*.py"),
    *("pages/announcements.py", "pages/operator_language.py"),
)

Text = str | tuple[str, str]
#: Translations, or all plural forms of one, by their English.
Known = dict[str, str | tuple[str, ...]]


def texts() -> list[Text]:
    """All texts of the panel, each once, in the order in which they are found."""
    found: dict[Text, None] = {LANGUAGE_NAME: None, SAMPLE_NUMBER: None}
    found.update(dict.fromkeys(_of_templates()))
    found.update(dict.fromkeys(_of_code()))
    for choice in CHOICES.values():
        found[choice.label] = None
        found.update(dict.fromkeys(knob.label for knob in choice.knobs.values()))
    found.update(dict.fromkeys(kind.began for kind in KINDS.values()))
    found.update(dict.fromkeys(filter(None, PROBLEMS)))
    return list(found)


def templates() -> list[Path]:
    """The templates whose texts these are."""
    found = sorted((ROOT / "templates" / "panel").glob("*.html"))
    return [*found, *sorted((ROOT / "vwr_middleware" / "report").glob("*.html"))]


def _of_templates() -> Iterator[Text]:
    for path in templates():
        source = BytesIO(path.read_bytes())
        for _line, name, said, _comments in babel_extract(source, SAYING, [], {}):
            words = [said] if isinstance(said, str) else [text for text in said or () if text]
            if words:  # what is no constant is a text of the code
                yield (words[0], words[1]) if name == "several" else words[0]


def _of_code() -> Iterator[Text]:
    for path in (path for each in SPEAKING for path in sorted(PACKAGE.glob(each))):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name == "Contradiction" and _may_be_changed(node.args[0]):
                name, node.args = "said_later", node.args[1:]
            said = [each.value for each in node.args[:2] if isinstance(each, ast.Constant)]
            words = [text for text in said if isinstance(text, str)]
            if name == "several" and len(words) == 2:
                yield words[0], words[1]
            elif name in SAYING and name != "several" and words:
                yield words[0]


def _may_be_changed(settings: ast.expr) -> bool:
    """Whether an operator may change one of these settings of a contradiction."""
    names = {each.value for each in ast.walk(settings) if isinstance(each, ast.Constant)}
    return any(isinstance(each, ast.Name) for each in ast.walk(settings)) or bool(names & {*NAMES})


def catalogue(code: str) -> Path:
    """The file of a language."""
    return LOCALE / code / "LC_MESSAGES" / "panel.po"


def written(code: str, known: Known) -> str:
    """A catalogue of the present texts, with the translations that are known, by their English."""
    of_page = catalogue(code).with_name("vwr.po").read_text()  # has the language's plural forms
    head, _, _ = of_page.partition("\n\n")
    forms = int(head.partition("nplurals=")[2][0])
    parts = [head, *(_entry(text, known.get(english(text), ""), forms) for text in texts())]
    return "\n\n".join(parts) + "\n"


def _entry(text: Text, said: str | tuple[str, ...], forms: int) -> str:
    if isinstance(text, str):
        return f"msgid {_quoted(text)}\nmsgstr {_quoted(str(said))}"
    each = said if isinstance(said, tuple) else (said,) * forms
    lines = [f"msgstr[{at}] {_quoted(form)}" for at, form in enumerate(each)]
    return "\n".join([f"msgid {_quoted(text[0])}", f"msgid_plural {_quoted(text[1])}", *lines])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def english(text: Text) -> str:
    """The text, or its singular."""
    return text if isinstance(text, str) else text[0]


def translated(code: str) -> Known:
    """What a catalogue has by now."""
    if not catalogue(code).exists():
        return {}
    with catalogue(code).open("rb") as file:
        return said_in(read_po(file))


def said_in(found: Catalog) -> Known:
    """The translations of a catalogue that was read."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            message.string if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in found
        if message.id
    }


def main() -> None:
    """Write every catalogue anew, and tell what is missing."""
    for page in sorted(LOCALE.glob("*/LC_MESSAGES/vwr.po")):
        code = page.parts[-3]
        known = translated(code)
        catalogue(code).write_text(written(code, known))
        missing = [text for text in texts() if not known.get(english(text))]
        print(f"{code}: {len(missing)} to translate", *missing, sep="\n    ")


if __name__ == "__main__":
    main()
