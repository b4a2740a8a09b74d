# A site with a waiting room behind Varnish (6.0 and later), with a cache for what is the same for
# everybody. Use it as /etc/varnish/default.vcl, with your app's address below. TLS is somebody
# else's (Caddy, nginx, hitch): count it in trusted_proxies. What each line is for: docs/caches.md.
#
# Only the addresses that are named here are ever kept. Everything else goes to the app each time.
vcl 4.1;

import std;

backend app {
    .host = "127.0.0.1";
    .port = "8000";
    .probe = {
        .url = "/vwr/healthz";
        .interval = 2s;
        .timeout = 2s;
        .initial = 3;
    }
}

sub vcl_recv {
    if (!req.http.X-Forwarded-Proto) {
        set req.http.X-Forwarded-Proto = "http";
    }
    set req.http.X-Forwarded-Host = req.http.Host;
    if (!req.http.X-Request-ID) {
        set req.http.X-Request-ID = req.xid;
    }
    if (req.http.Upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    # The static door of the room `main`, for a rush, to browsers that open a page and have no place
    # yet, in their language: to switch it on, take the # away.
    # if (req.method == "GET" && req.url ~ "^/tickets(/|\?|$)"
    #     && req.http.Sec-Fetch-Mode == "navigate" && !req.http.Sec-Purpose
    #     && !req.http.VWR-Ticket && !req.http.VWR-Token
    #     && req.http.Cookie !~ "(^|; *)(__Host-)?vwr_main(_token)?=") {
    #     set req.url = "/vwr/main/door/en";
    #     if (req.http.Accept-Language ~ "^(ar|de|es|fr|he|it|ja|ko|nl|pt)\b") {
    #         set req.url = "/vwr/main/door/" + regsub(req.http.Accept-Language, "^(..).*", "\1");
    #     } elseif (req.http.Accept-Language ~ "(?i)^zh-(hant|tw|hk|mo)\b") {
    #         set req.url = "/vwr/main/door/zh-Hant";
    #     } elseif (req.http.Accept-Language ~ "(?i)^zh\b") {
    #         set req.url = "/vwr/main/door/zh-Hans";
    #     }
    # }
    if ((req.method == "GET" || req.method == "HEAD")
        && req.url ~ "^/vwr/([a-z0-9-]+/(status|door/[A-Za-z-]+)|static/[A-Za-z0-9._-]+)(\?|$)") {
        # Who asks makes no difference, so nothing of theirs goes on, not even the query.
        set req.url = regsub(req.url, "\?.*", "");
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.VWR-Ticket;
        unset req.http.VWR-Token;
        # One kept copy for each of your `cors_origins`, and one for everybody else.
        if (req.http.Origin !~ "^https://spa\.shop\.example$") {
            unset req.http.Origin;
        }
        # The static door may be older if the app is away.
        if (std.healthy(req.backend_hint)) {
            set req.grace = 30s;
        }
        return (hash);
    }
    return (pass);
}

sub vcl_pipe {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
}

sub vcl_backend_response {
    # What is too old is not shown: whoever asks first fetches it, and all others wait for that. The
    # static door alone is shown meanwhile, and for a day if the app is away.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (bereq.url ~ "^/vwr/[a-z0-9-]+/door/") {
        set beresp.grace = 24h;
        if (beresp.status >= 500) {
            return (abandon);
        }
    }
    if (beresp.http.Set-Cookie || beresp.http.Cache-Control !~ "public"
        || beresp.http.Cache-Control ~ "private|no-store" || beresp.ttl <= 0s) {
        # Not for all: everybody asks the app for a second, and then it is tried again.
        set beresp.ttl = 1s;
        set beresp.uncacheable = true;
    }
    return (deliver);
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache-Status = "HIT";
    } else {
        set resp.http.X-Cache-Status = "MISS";
    }
}
