"""The documentation as a site: `make docs` builds it into build/site.

The pages are those of docs/, as they stand. What only the site has is in docs/site/: its first
page, its look and the line of its live demo. Made from the code itself are the reference of Python
names, of the `vwr` command and of the HTTP API, and the pictures of each state of the page.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tools.error_texts import error_page
from vwr_middleware.cli.commands import vwr
from vwr_middleware.pages.gallery import pictures, still
from vwr_middleware.pages.pages import Pages
from vwr_middleware.pages.preview import STATES, preview
from vwr_middleware.panel.api import document
from vwr_middleware.settings import Settings
from vwr_middleware.startup.checks import pages_of

ROOT = Path(__file__).parent.parent
DOCS, PAGES, SITE = ROOT / "docs", ROOT / "build" / "pages", ROOT / "build" / "site"
#: Documents outside of docs/ that are pages of the site as well.
BESIDES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
#: They have every word, and explain none: whoever searches looks for a page that does.
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
_LINK = re.compile(r"(\]\()([^)#\s]+)([^)\s]*\))")
#: What looks like a link in code is none.
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
#: What `docs/rules.md` lists under "What you may import".
_ROW = re.compile(r"^\| (`\.\w+`(?:, `\.\w+`)*).*? \| (.+) \|$", re.MULTILINE)
DEMO_STATE = "waiting"


def main() -> int:
    """Write the pages, and build the site of them. Warnings, like a dead link, are errors."""
    shutil.rmtree(PAGES, ignore_errors=True)
    write_pages(PAGES)
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def write_pages(folder: Path) -> None:
    """Write all that the site is built of."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("site"))
    shutil.copytree(DOCS / "site", folder, dirs_exist_ok=True)
    for name, page in BESIDES.items():
        (folder / page).write_text(UNSEARCHED + (ROOT / name).read_text())
    for path in folder.glob("*.md"):
        is_besides = path.name in BESIDES.values()
        path.write_text(with_links(path.read_text(), ROOT if is_besides else DOCS))
    reference = folder / "reference"
    reference.mkdir()
    (reference / "python.md").write_text(python_names((DOCS / "rules.md").read_text()))
    (reference / "errors.md").write_text(error_page())
    (reference / "command.md").write_text(command_page())
    (reference / "http.md").write_text(http_page(document("https://shop.example/vwr-admin/api")))
    pages = pages_of(
        Settings(secret_key="a key for pictures of pages", paths="/", site_name="Example")
    )
    (folder / "gallery.md").write_text(gallery(pages, folder / "states"))
    write_demo(pages, folder / "demo")


# ---- links out of docs/


def with_links(text: str, base: Path) -> str:
    """The document with its links as they are on the site: files that are no pages of it lead to
    the repository."""
    parts = _CODE.split(text)
    parts[::2] = [
        _LINK.sub(lambda found: found[1] + _target(found[2], base) + found[3], part)
        for part in parts[::2]
    ]
    return "".join(parts)


def _target(target: str, base: Path) -> str:
    if "://" in target:
        return target
    path = (base / target).resolve()
    if path == ROOT / "README.md":
        return "index.md"
    inside = path.relative_to(ROOT)
    if str(inside) in BESIDES:
        return BESIDES[str(inside)]
    if path.is_relative_to(DOCS):
        return str(path.relative_to(DOCS))
    return f"{repository()}/{'tree' if path.is_dir() else 'blob'}/main/{inside}"


def repository() -> str:
    """Where the code is, as the package says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["urls"]["Source"]).rstrip("/")


# ---- reference


def python_names(rules: str) -> str:
    """A page with the docstring of each name that people may import."""
    _, _, table = rules.partition("## What you may import")
    lines = ["# Python", "", "Every name that you may import, with what it takes and raises."]
    for modules, names in _ROW.findall(table):
        for module in re.findall(r"`\.(\w+)`", modules):
            lines += ["", f"## `vwr_middleware.{module}`", ""]
            for name in re.findall(r"`(\w+)`", names.partition(": [")[0]):
                lines += [f"::: vwr_middleware.{module}.{name}", ""]
    return "\n".join(lines) + "\n"


def command_page() -> str:
    """A page with the help of each command."""
    lines = [
        "# The `vwr` command",
        "",
        '`pip install "vwr-middleware[cli]"`. '
        "[For operators](../operators.md#from-the-shell) shows how they are used.",
        "",
    ]
    for name, path, command in _commands(vwr, ("vwr",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=96)
        lines += [f"## {name}", "", "```text", command.get_help(context), "```", ""]
    return "\n".join(lines)


def _commands(
    group: click.Group, path: tuple[str, ...]
) -> Iterable[tuple[str, tuple[str, ...], click.Command]]:
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        whole = (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, whole)
        else:
            yield " ".join(whole[1:]), whole, command


_HTTP = """\
# HTTP

For visitors' programs: [API clients and native apps](../programs.md), where each address and each
answer stands. For operators' programs there is the control API, below `/vwr-admin/api`, with
`Authorization: Bearer KEY`. Its OpenAPI document, of which this page is made, is at
`/vwr-admin/api/openapi.json`.

| Address | What it does | Answers |
|---|---|---|"""


def http_page(api: dict[str, Any]) -> str:
    """A page with the addresses of the control API, by its own document."""
    lines = [_HTTP]
    for path, methods in api["paths"].items():
        for method, call in methods.items():
            if method == "parameters":
                continue
            answers = ", ".join(sorted(call["responses"]))
            lines.append(f"| `{method.upper()} {path}` | {call['summary']} | {answers} |")
    lines += ["", "## Shapes", ""]
    for name, schema in api["components"]["schemas"].items():
        shape = json.dumps(schema, indent=2)
        lines += [f"### {name}", "", "```json", shape, "```", ""]
    return "\n".join(lines)


# ---- the page in each state, and a line that moves


_GALLERY = """\
# The page in every state

The real pages with made-up numbers; `vwr preview` shows them with your colours, templates and
languages.

<div class="states" markdown="0">"""
_STATE = """\
<figure><iframe src="{address}" title="{title}" loading="lazy" tabindex="-1"></iframe>
<figcaption><a href="{address}">{title}</a></figcaption></figure>"""


def gallery(pages: Pages, folder: Path) -> str:
    """A page with the waiting page in each state, of which each is written into the folder."""
    folder.mkdir()
    lines = [_GALLERY]
    for state, picture in zip(STATES, pictures("../states/{}.html".format), strict=True):
        view = replace(preview(state), static="../static", base=".", next_url="#")
        _write_page(pages.waiting(view), pages, folder, f"{state}.html")
        lines.append(_STATE.format(address=picture.address, title=picture.title))
    return "\n".join([*lines, "</div>", ""])


def write_demo(pages: Pages, folder: Path) -> None:
    """The real page and its script, before a line that the browser itself makes up."""
    view = replace(
        preview(DEMO_STATE),
        static="../static",
        base="line",
        next_url="inside.html",
        position=264,
        ahead=64,
        serving=200,
        waiting=80,
        wait_seconds=None,
        reload=False,
    )
    page = pages.waiting(view).replace(
        b"<script src=", b'<script src="line.js"></script>\n<script src=', 1
    )
    _write_page(page, pages, folder, "page.html", with_script=True)


#: Beside the pages' folders: a script looks for others from its own address, not the page's.
_STATIC = re.compile(rb'"\.\./static/([^"/]+)"')


def _write_page(
    page: bytes, pages: Pages, folder: Path, name: str, *, with_script: bool = False
) -> None:
    if not with_script:  # there is nobody whom the script could ask
        page = still(page)
    (folder / name).write_bytes(page)
    files = folder.parent / "static"
    files.mkdir(exist_ok=True)
    for file_name in _STATIC.findall(page):
        if (file := pages.static_file(file_name.decode())) is not None:
            (files / file.name).write_bytes(file.body)


if __name__ == "__main__":
    sys.exit(main())
