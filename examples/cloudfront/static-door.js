// A CloudFront function (viewer request) for the behavior of /tickets, in a rush: browsers that open a
// page and have no place in the room `main` yet are sent to the static door, which CloudFront keeps.
function handler(event) {
  var request = event.request;
  var mode = request.headers["sec-fetch-mode"];
  var isNew = !request.cookies["vwr_main"] && !request.cookies["vwr_main_token"]
    && !request.cookies["__Host-vwr_main"] && !request.cookies["__Host-vwr_main_token"];
  if (request.method !== "GET" || !mode || mode.value !== "navigate" || !isNew) return request;
  var language = request.headers["accept-language"];
  var found = language && /^(ar|de|es|fr|he|it|ja|ko|nl|pt)\b/.exec(language.value);
  var door = "/vwr/main/door/" + (found ? found[1] : "en");
  return {
    statusCode: 302,
    statusDescription: "Found",
    headers: {
      location: { value: door + "?next=" + encodeURIComponent(request.uri) },
      "cache-control": { value: "private, no-store" },
    },
  };
}
