// An app that is not Python's and knows nothing of a waiting room. Its only argument is a port.
import http from "node:http";

const seen = []; // what has happened, for tests to ask
const app = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url.replace(/^\/+/, "/"), "http://any");
  const page = pages[pathname.replace("/shop", "")] || echo;
  page(request, response, searchParams);
});

const told = (response, content) => {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify(content));
};

const echo = (request, response) => {
  let length = 0;
  request.on("data", (part) => {
    length += part.length;
    seen.push(`part of ${request.url}`);
  });
  request.on("end", () =>
    told(response, {
      url: request.url,
      method: request.method,
      headers: request.rawHeaders,
      length,
      port: request.socket.remotePort,
    }),
  );
};

const pages = {
  "/seen": (_, response) => told(response, seen),
  "/headers": (_, response) => {
    response.setHeader("Set-Cookie", ["one=1; Path=/", "two=2"]);
    response.setHeader("Connection", "X-Of-Connection");
    response.setHeader("X-Of-Connection", "1");
    response.setHeader("X-Kept", "\u00e4");
    response.setHeader("VWR-Session", "completed");
    response.end("page");
  },
  "/none": (_, response) => response.writeHead(204).end(),
  "/unchanged": (_, response) => response.writeHead(304, { ETag: '"1"' }).end(),
  "/gzip": (_, response) => {
    response.setHeader("Content-Encoding", "gzip");
    response.end(Buffer.from("1f8b0800", "hex"));
  },
  "/trailers": (request, response) => {
    if (request.method == "HEAD") return response.end();
    response.setHeader("Trailer", "X-Sum");
    response.write("part");
    response.addTrailers({ "X-Sum": "1" });
    response.end();
  },
  "/events": (request, response) => {
    response.setHeader("Content-Type", "text/event-stream");
    response.write("data: first\n\n");
    const next = (text) => () => response.write(`data: ${text}\n\n`);
    waiting.push(next("second"));
    response.on("close", () => seen.push("events closed"));
  },
  "/hang": (request, response) => {
    seen.push(`${request.url} hangs`);
    response.on("close", () => seen.push(`${request.url} was left`));
  },
  "/next": (_, response) => {
    waiting.splice(0).forEach((go) => go());
    response.end();
  },
  "/too-large": (request, response) => {
    response.writeHead(413, { Connection: "close" }).end("too large");
    request.on("data", () => {});
  },
  "/done": (_, response) => {
    response.setHeader("VWR-Session", "completed");
    response.end("thanks");
  },
};
const waiting = [];

app.listen(+process.argv[2], "127.0.0.1");
