"""What Amazon API Gateway asks its Lambda authorizers, in the shapes that its developer guide
documents: "Input to an API Gateway Lambda authorizer", and for HTTP APIs "Control access to HTTP
APIs with AWS Lambda authorizers"."""

from typing import Any

REST_ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request"
IDENTITY = {"apiKey": "...", "sourceIp": "192.0.2.1", "clientCert": None}
#: What a REST API and payload format 1.0 say of a request.
CONTEXT = {
    "path": "/request",
    "accountId": "123456789012",
    "resourceId": "05c7jb",
    "stage": "test",
    "requestId": "...",
    "identity": IDENTITY,
    "resourcePath": "/request",
    "httpMethod": "GET",
    "apiId": "abcdef123",
}
#: As browsers and CloudFront send them.
USUAL = {
    "Accept": "*/*",
    "Host": "abcdef123.execute-api.us-east-1.amazonaws.com",
    "X-Amz-Cf-Id": "x",
}
Event = dict[str, Any]
Pairs = list[tuple[str, str]]


def asks_with_token(token: str) -> Event:
    """A REST API, by a TOKEN authorizer."""
    return {"type": "TOKEN", "authorizationToken": token, "methodArn": REST_ARN}


def asks_with_request(headers: Pairs) -> Event:
    """A REST API, by a REQUEST authorizer: of equal headers `headers` has the last."""
    several: dict[str, list[str]] = {name: [value] for name, value in USUAL.items()}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    return {
        "type": "REQUEST",
        "methodArn": REST_ARN,
        "resource": "/request",
        "path": "/request",
        "httpMethod": "GET",
        "headers": USUAL | dict(headers),
        "multiValueHeaders": several,
        "queryStringParameters": {"QueryString1": "queryValue1"},
        "multiValueQueryStringParameters": {"QueryString1": ["queryValue1"]},
        "pathParameters": {},
        "stageVariables": {"StageVar1": "stageValue1"},
        "requestContext": CONTEXT,
    }


def asks_with_version_1(headers: Pairs) -> Event:
    """An HTTP API with payload format 1.0: equal headers come as one."""
    joined = USUAL | _joined(headers)
    return {
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": REST_ARN,
        "identitySource": "user1,123",
        "authorizationToken": "user1,123",
        "resource": "/request",
        "path": "/request",
        "httpMethod": "GET",
        "headers": joined,
        "queryStringParameters": {"QueryString1": "queryValue1"},
        "pathParameters": {},
        "stageVariables": {"StageVar1": "stageValue1"},
        "requestContext": CONTEXT,
    }


def asks_with_version_2(headers: Pairs) -> Event:
    """An HTTP API with payload format 2.0: names in lower case, cookies apart."""
    joined = {name.lower(): value for name, value in (USUAL | _joined(headers)).items()}
    cookies = joined.pop("cookie", "")
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": REST_ARN,
        "identitySource": ["user1", "123"],
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
        **({"cookies": cookies.split("; ")} if cookies else {}),
        "headers": joined,
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef123",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "GET",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1583348638390,
        },
        "pathParameters": {"parameter1": "value1"},
        "stageVariables": {"stageVariable1": "value1", "stageVariable2": "value2"},
    }


def _joined(headers: Pairs) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found
