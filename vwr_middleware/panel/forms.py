"""What the pages' forms send."""

from io import BytesIO

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from vwr_middleware.errors import Refused
from vwr_middleware.panel.language import _
from vwr_middleware.panel.words import read_whole
from vwr_middleware.web.http import BODY_LIMIT, Request, content_type

Form = MultiDict[str, str]

#: No form of ours has nearly as many.
FIELDS_MOST = 100


def form_of(request: Request) -> Form:
    """The fields of a posted form. Raises Refused if the body is no form."""
    # werkzeug counts only the parts of multipart forms, and ten thousand fields take it 20 ms.
    if len(request.body) > BODY_LIMIT or request.body.count(b"&") >= FIELDS_MOST:
        raise Refused(_("the form is too large"), status=413)
    kind = content_type(request)
    if kind != "application/x-www-form-urlencoded":
        text = _("send a form, with Content-Type: application/x-www-form-urlencoded")
        raise Refused(text, status=415)
    parser = FormDataParser(max_form_memory_size=BODY_LIMIT)
    try:
        parsed = parser.parse(BytesIO(request.body), kind, len(request.body))
    except (RequestEntityTooLarge, ValueError) as error:
        raise Refused(_("the form cannot be read"), status=400) from error
    return parsed[1]


def number(form: Form, name: str) -> int:
    """A whole number. Raises Refused."""
    found = read_whole(form.get(name, ""))
    if found is None:
        raise Refused(_("{name} must be a whole number", name=name))
    return found


def moment(form: Form, name: str) -> str | None:
    """A time with its offset: the field itself has none, so a second field brings the browser's."""
    text = form.get(name, "").strip()
    if not text:
        return None
    has_offset = text[-6:-5] in ("+", "-")  # as in 10:00+09:00
    offset = form.get(f"offset-{name}") or form.get("offset") or "+00:00"
    return text if has_offset else text + offset
