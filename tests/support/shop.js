// A shop that is not Python and knows nothing of waiting rooms, but what its proxy tells it in
// headers. It answers as tests/support/shop.py does. node shop.js PORT [ROOM_SERVICE KEY]
const http = require("node:http");
const [port, room, key] = process.argv.slice(2);

const CACHED = {
  "/public": { "Cache-Control": "public, max-age=60, s-maxage=90", "Surrogate-Control": "max-age=60" },
  "/private": { "Cache-Control": "private, max-age=5" },
  "/no-store": { "Cache-Control": "no-store" },
  "/cookies": { "Set-Cookie": "app=1; Path=/" },
};

// Whether it ends a session by a header: there is no room that it could ask, but one in front of it.
const ENDS_BY_HEADER = !room;

// Ends a session through the room's control API: the app's own headers reach only the proxy.
function end(session, how, headers, then) {
  const path = `/vwr-admin/api/rooms/${session.room}/sessions/${session.id}/${how}`;
  const told = { Authorization: `Bearer ${key}`, "X-Test-Door": headers["x-test-door"] || "" };
  const request = http.request(room + path, { method: "POST", headers: told }, (response) => {
    response.resume();
    response.on("end", then);
  });
  request.on("error", then);
  request.end();
}

function answer(request, response, body) {
  let path;
  try {
    path = decodeURIComponent(request.url.split("?")[0]);
  } catch {
    return response.writeHead(400).end("no text");
  }
  const page = path.replace(/^\/tickets/, "");
  const id = request.headers["vwr-session-id"];
  const session = id
    ? { id, room: request.headers["vwr-room"], position: Number(request.headers["vwr-position"]) }
    : null;
  const text = (text, headers, status = 200) => {
    response.writeHead(status, { "Content-Type": "text/plain", ...headers });
    response.end(text);
  };
  const ends = { "/done": "complete", "/complete": "complete", "/given-up": "abandon", "/abandon": "abandon" };
  if (session && ends[page] && ENDS_BY_HEADER)
    return text("thanks", { "VWR-Session": ends[page] == "complete" ? "completed" : "abandoned" });
  if (page === "/unserved") return text("", { "VWR-Session": "unserved" }, 502);
  if (session && ends[page]) return end(session, ends[page], request.headers, () => text("thanks"));
  if (CACHED[page]) return text("page", CACHED[page]);
  if (page === "/broken") return text("a fault", {}, 500);
  if (page === "/login") return text("log in first", { "WWW-Authenticate": "Basic" }, 401);
  if (page === "/forbidden") return text("not you", {}, 403);
  if (page === "/gone") return response.writeHead(204).end();
  if (page === "/qr.png") return text("PNG", { "Content-Type": "image/png" });
  if (page === "/stream") {
    response.writeHead(200, { "Content-Type": "text/plain" });
    for (const part of ["one ", "two ", "three"]) response.write(part);
    return response.end();
  }
  response.writeHead(200, { "Content-Type": "application/json" });
  const told = { path, method: request.method, body: body.toString(), session, seen: request.headers, url: request.url };
  response.end(JSON.stringify(told));
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      answer(request, response, Buffer.concat(parts));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
});
// A WebSocket's handshake, which is answered as RFC 6455 says.
server.on("upgrade", (request, socket) => {
  const magic = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const accept = require("node:crypto").createHash("sha1").update(magic).digest("base64");
  socket.end(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\nX-Session: ${request.headers["vwr-session-id"] || "none"}\r\n\r\n`,
  );
});
server.keepAliveTimeout = 60000;
server.listen(Number(port), "127.0.0.1");
