"""How three CDNs decide what to keep and for whom, by their documentation, with the very
settings of `examples/`. Each stands in the place of a connection to the app.

Cloudflare: "Origin Cache Control", "Cache keys", "Cache by status code" and "Head requests and
Set-Cookie headers". CloudFront: "Manage how long content stays in the cache", "Control how long
CloudFront caches errors", "Cache content based on cookies". Fastly: "HTTP caching semantics", its
VCL boilerplate.
"""

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import yaml

from tests.support.caches import EXAMPLES, Answer, exchange

Headers = Mapping[str, str]
#: What a CDN's own clock says; nothing here waits.
NOW = 1_000_000.0


def directives(value: str) -> dict[str, str]:
    """A Cache-Control header, taken apart."""
    parts = (part.strip().lower().partition("=") for part in value.split(","))
    return {name: given for name, _, given in parts if name}


def _get(headers: Headers, name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def _without(headers: Headers, *names: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() not in names}


@dataclass
class Cdn:
    """What all have in common: keys, and kept answers."""

    app: str
    now: float = NOW
    kept: dict[object, tuple[float, Answer]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, headers: Headers) -> Answer:
        plan = self.plan(method, path, headers)
        if plan is None:
            return self._from_app(method, path, headers)
        key, sent_path, sent = plan
        until, answer = self.kept.get(key, (0.0, None))
        if answer is None or until <= self.now:
            answer = self._from_app("GET", sent_path, sent)
            seconds = self.seconds(sent_path, sent, answer)
            if seconds > 0:
                key, *_ = self.plan(method, path, headers) or plan  # it may vary, as we know now
                self.kept[key] = self.now + seconds, answer
        return answer if method == "GET" else Answer(answer.status, answer.headers, b"")

    def _from_app(self, method: str, path: str, headers: Headers) -> Answer:
        self.fetched.append(path)
        return exchange(self.app, method, path, headers)

    def plan(self, method: str, path: str, headers: Headers) -> tuple[object, str, Headers] | None:
        """The key, and what is asked for; None: the request is passed on as it is."""
        raise NotImplementedError

    def seconds(self, path: str, headers: Headers, answer: Answer) -> float:
        """For how long an answer is kept; 0: not at all."""
        raise NotImplementedError


# Cloudflare.

_EXTENSIONS = frozenset(["css", "js", "jpg", "png", "gif", "svg", "webp", "woff2", "pdf"])
_BY_STATUS = {200: 7200, 206: 7200, 301: 7200, 302: 1200, 303: 1200, 404: 180, 410: 180}
_IN_KEY = (
    *("origin", "x-http-method-override", "x-http-method", "x-method-override"),
    *("x-forwarded-host", "x-host", "x-original-url", "x-rewrite-url", "forwarded"),
)


@dataclass
class Cloudflare(Cdn):
    """Without rules, it keeps what has an extension of a file."""

    rules: list[Any] = field(default_factory=list)

    def _settings(self, path: str) -> dict[str, Any]:
        """The last rule that matches wins."""
        clean = path.partition("?")[0]
        found: dict[str, Any] = {"cache": clean.rpartition(".")[2] in _EXTENSIONS}
        for rule in self.rules:
            if _is_meant(rule["expression"], clean):
                found = found | rule["action_parameters"]
        return found

    def plan(self, method: str, path: str, headers: Headers) -> tuple[object, str, Headers] | None:
        given = self._settings(path)
        if method not in ("GET", "HEAD") or not given["cache"]:
            return None
        no_query = "query_string" in given.get("cache_key", {}).get("custom_key", {})
        clean, mark, query = path.partition("?")
        address = _normal(clean) + ("" if no_query else mark + query)
        key = (_get(headers, "host"), address, *(_get(headers, name) for name in _IN_KEY))
        return key, path, _without(headers, "range", "if-none-match")

    def seconds(self, path: str, headers: Headers, answer: Answer) -> float:
        given = self._settings(path).get("edge_ttl", {})
        if given.get("mode") == "override_origin":
            return float(given["default"])
        said = directives(answer.headers.get("cache-control", ""))
        if "set-cookie" in answer.headers or {"private", "no-store"} & said.keys():
            return 0
        if _get(headers, "authorization") and not {"public", "s-maxage"} & said.keys():
            return 0
        own = directives(answer.headers.get("cdn-cache-control", ""))
        for told in (own.get("max-age"), said.get("s-maxage"), said.get("max-age")):
            if told is not None:
                return float(told)
        if said or given.get("mode") == "bypass_by_default":
            return 0
        return float(_BY_STATUS.get(answer.status, 0))


def _normal(path: str) -> str:
    """A path as rules and keys see it. The app gets it as it was sent."""
    decoded = re.sub(r"%([2-7][0-9a-fA-F])", _unreserved, path.replace("\\", "/"))
    clean = posixpath.normpath(re.sub(r"/+", "/", decoded))
    return f"{clean}/" if decoded.endswith("/") and clean != "/" else clean


def _unreserved(found: re.Match[str]) -> str:
    letter = chr(int(found[1], 16))
    return letter if letter.isalnum() or letter in "-._~" else found[0]


_NOT = re.compile(r' and not raw\.http\.request\.uri\.path contains "(.*?)"')


def _is_meant(expression: str, path: str) -> bool:
    """Whether a rule's expression, of the kind that the example has, is true of a path."""
    if any(odd.replace("\\\\", "\\") in path for odd in _NOT.findall(expression)):
        return False
    clauses = _NOT.sub("", expression).removeprefix("(").removesuffix(")")
    if not expression.startswith("("):
        clauses = expression
    return any(_matches(clause, _normal(path)) for clause in clauses.split(" or "))


def _matches(clause: str, path: str) -> bool:
    if clause == "true":
        return True
    if found := re.fullmatch(r'starts_with\(http\.request\.uri\.path, "(.*)"\)', clause):
        return path.startswith(found[1])
    found = re.fullmatch(r'http\.request\.uri\.path strict wildcard r"(.*)"', clause)
    assert found, clause
    return re.fullmatch(re.escape(found[1]).replace(r"\*", ".*"), path) is not None


def cloudflare(app: str) -> Cloudflare:
    return Cloudflare(
        app, rules=json.loads((EXAMPLES / "cloudflare/cache-rules.json").read_text())["rules"]
    )


# CloudFront.

_ERRORS = (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)
#: Those that are kept only if the app says for how long.
_ONLY_IF_TOLD = (400, 403, 412, 415)
_DISABLED = {"MinTTL": 0, "DefaultTTL": 0, "MaxTTL": 0}
_DISABLED_ID = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


@dataclass
class CloudFront(Cdn):
    """A distribution, as the template describes it."""

    template: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        resources = self.template["Resources"]
        self._policies = {
            name: one["Properties"]["CachePolicyConfig"]
            for name, one in resources.items()
            if one["Type"] == "AWS::CloudFront::CachePolicy"
        }
        self._config = resources["Distribution"]["Properties"]["DistributionConfig"]
        self._errors = {
            one["ErrorCode"]: one["ErrorCachingMinTTL"]
            for one in self._config.get("CustomErrorResponses", [])
        }

    def _behavior(self, path: str) -> dict[str, Any]:
        clean = path.partition("?")[0]
        for one in self._config["CacheBehaviors"]:
            if fnmatchcase(clean, one["PathPattern"].replace("[", "[[]")):
                found: dict[str, Any] = one
                return found
        return dict(self._config["DefaultCacheBehavior"])

    def _policy(self, behavior: Mapping[str, Any]) -> dict[str, Any]:
        named = behavior["CachePolicyId"]
        if isinstance(named, dict):
            found: dict[str, Any] = self._policies[named["Ref"]]
            return found
        assert named == _DISABLED_ID
        return _DISABLED

    def plan(self, method: str, path: str, headers: Headers) -> tuple[object, str, Headers] | None:
        if method not in ("GET", "HEAD"):
            return None
        behavior = self._behavior(path)
        in_key = self._policy(behavior).get("ParametersInCacheKeyAndForwardedToOrigin")
        if in_key is None:  # nothing but the path is in the key, and all is sent on
            return path.partition("?")[0], path, _without(headers, "range")
        named = [name.lower() for name in in_key["HeadersConfig"].get("Headers", [])]
        gzip = "gzip" if "gzip" in _get(headers, "accept-encoding") else ""
        key = (path.partition("?")[0], gzip, *(_get(headers, name) for name in named))
        sent = {name: _get(headers, name) for name in named if _get(headers, name)}
        passed = {name: value for name, value in headers.items() if name.lower() == "x-visitor"}
        return (
            key,
            path.partition("?")[0],
            {**sent, **passed, "Accept-Encoding": gzip or "identity"},
        )

    def seconds(self, path: str, headers: Headers, answer: Answer) -> float:
        policy = self._policy(self._behavior(path))
        said = directives(answer.headers.get("cache-control", ""))
        told = said.get("s-maxage", said.get("max-age"))
        if answer.status in _ERRORS:
            if answer.status in _ONLY_IF_TOLD and told is None:
                return 0
            # Whatever else is said, like no-store: it counts for the browser alone.
            return float(
                max(self._errors.get(answer.status, 10), min(int(told or 0), policy["MaxTTL"]))
            )
        if {"private", "no-store", "no-cache"} & said.keys():
            return float(policy["MinTTL"])
        wanted = int(told) if told is not None else policy["DefaultTTL"]
        return float(max(policy["MinTTL"], min(wanted, policy["MaxTTL"])))


def cloudfront(app: str, change: Callable[[dict[str, Any]], object] = bool) -> CloudFront:
    template = yaml.safe_load((EXAMPLES / "cloudfront/distribution.yaml").read_text())
    change(template["Resources"]["Distribution"]["Properties"]["DistributionConfig"])
    return CloudFront(app, template=template)


# Fastly.


@dataclass
class Fastly(Cdn):
    """A service with our VCL, or with none but Fastly's own."""

    named: str = ""  # the addresses that are looked up; "": all
    reads_no_store: bool = False

    def plan(self, method: str, path: str, headers: Headers) -> tuple[object, str, Headers] | None:
        if method not in ("GET", "HEAD"):
            return None
        clean = path.partition("?")[0]
        if self.named and not re.search(self.named, clean):
            return None
        sent = dict(headers)
        if self.named:
            path = clean
            sent = _without(sent, "cookie", "authorization", "vwr-ticket", "vwr-token")
            sent["X-Forwarded-Host"] = _get(headers, "host")
        sent = _without(sent, "range", "if-none-match")
        return (_get(headers, "host"), path, self._secondary(path, sent)), path, sent

    def _secondary(self, path: str, headers: Headers) -> tuple[str, ...]:
        """Vary is obeyed, as the answer that is kept says it."""
        vary = self.varies.get(path, "")
        return tuple(
            _get(headers, name.strip()) for name in re.split(r"[,\n]", vary) if name.strip()
        )

    varies: dict[str, str] = field(default_factory=dict)

    def seconds(self, path: str, headers: Headers, answer: Answer) -> float:
        said = directives(answer.headers.get("cache-control", ""))
        if answer.status not in (200, 203, 300, 301, 302, 404, 410):
            return 0
        if "set-cookie" in answer.headers or "private" in said:
            return 0
        if self.reads_no_store and ("no-store" in said or "public" not in said):
            return 0
        self.varies[path] = answer.headers.get("vary", "")
        told = said.get("s-maxage", said.get("max-age"))
        return float(told) if told is not None else 3600


def fastly(app: str) -> Fastly:
    text = (EXAMPLES / "fastly/vwr.vcl").read_text()
    named = re.search(r'if \(req\.url\.path ~ "(\^/vwr/.*?)"\)', text)
    assert named and text.count("return(lookup)") == 1
    assert 'beresp.http.Cache-Control ~ "private|no-store"' in text
    return Fastly(app, named=named[1], reads_no_store=True)
