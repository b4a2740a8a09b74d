# Fastly in front of nginx (examples/nginx) or the app, with a waiting room: a whole custom VCL. Only
# what is named is ever kept. What each line is for: docs/caches.md.

sub vcl_recv {
#FASTLY recv
  set req.http.X-Forwarded-Host = req.http.Host;
  if (req.method != "GET" && req.method != "HEAD" && req.method != "FASTLYPURGE") {
    return(pass);
  }
  # The static door of the room `main`, for a rush: to switch it on, take the # away.
  # if (req.method == "GET" && req.url.path ~ "^/tickets(/|$)"
  #     && req.http.Sec-Fetch-Mode == "navigate" && !req.http.Sec-Purpose
  #     && req.http.Cookie !~ "(^|; *)(__Host-)?vwr_main(_token)?=") {
  #   set req.url = "/vwr/main/door/en";
  # }
  if (req.url.path ~ "^/vwr/([a-z0-9-]+/(status|door/[A-Za-z-]+)|static/[A-Za-z0-9._-]+)$") {
    # Who asks makes no difference, so nothing of theirs goes on, not even the query.
    set req.url = req.url.path;
    unset req.http.Cookie;
    unset req.http.Authorization;
    unset req.http.VWR-Ticket;
    unset req.http.VWR-Token;
    return(lookup);
  }
  return(pass);
}

sub vcl_fetch {
#FASTLY fetch
  if (beresp.status >= 500 && stale.exists) {
    return(deliver_stale);
  }
  # Fastly by itself reads `private`, but not `no-store`, and keeps what says nothing for an hour.
  if (beresp.http.Set-Cookie || beresp.http.Cache-Control !~ "public"
      || beresp.http.Cache-Control ~ "private|no-store") {
    return(pass);
  }
  return(deliver);
}

sub vcl_error {
#FASTLY error
  if (stale.exists) {
    return(deliver_stale);
  }
  return(deliver);
}

sub vcl_hit {
#FASTLY hit
  return(deliver);
}

sub vcl_miss {
#FASTLY miss
  return(fetch);
}

sub vcl_pass {
#FASTLY pass
  return(pass);
}

sub vcl_deliver {
#FASTLY deliver
  return(deliver);
}
