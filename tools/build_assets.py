"""Make what ships from what is written: small scripts and style sheets, the module of the package
for npm, compiled catalogues.

Run it after a change in static/src or in a catalogue: `python -m tools.build_assets`. What it
makes is kept in the repository, so that an editable install needs no build step; a test says when
it is out of date.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import minify  # type: ignore[import-untyped]
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
#: So that the same catalogue gives the same bytes whenever it is compiled.
ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
#: Nothing newer than what the sources are written in, or old phones could not read it.
minify.config({"js-version": 2019})
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
#: vwr.js as a module. A server that renders an app loads it too, and there nothing waits.
MODULE = """\
// Made from static/src/vwr.js by tools/build_assets: change that.
{head}
if (typeof self == "object" && typeof addEventListener == "function") {{
{script}
}}

const vwr = globalThis.vwr || {{
  fetch: (input, options) => globalThis.fetch(input, options),
  wait: async () => false,
  labels: {{}},
  install: () => {{}},
}};
export default vwr;
export const {{ fetch, wait, labels, install }} = vwr;
"""


def built() -> Iterator[tuple[Path, bytes]]:
    """Every file to make, with its content."""
    for source in sorted((ROOT / "static" / "src").iterdir()):
        text = minify.string(MEDIA_TYPES[source.suffix], source.read_text())
        yield ROOT / "static" / source.name, f"{text}\n".encode()
    yield ROOT / "examples" / "vwr-js" / "vwr.js", module().encode()
    for catalogue in sorted((ROOT / "vwr_middleware" / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = BytesIO()
        with catalogue.open("rb") as file:
            texts = read_po(file)
        texts.creation_date = ALWAYS
        write_mo(compiled, texts)
        yield catalogue.with_suffix(".mo"), compiled.getvalue()


def module() -> str:
    """vwr.js as a module, with the comment of the script in the place where it stands there."""
    head, _, script = (ROOT / "static" / "src" / "vwr.js").read_text().partition('"use strict";\n')
    return MODULE.format(head=head.rstrip(), script=script.rstrip())


if __name__ == "__main__":
    for path, content in built():
        path.write_bytes(content)
