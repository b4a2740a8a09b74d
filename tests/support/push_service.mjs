// web-push-testing behind TLS, for endpoints of https: node push_service.mjs FOLDER CERTIFICATE
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:https";

const [folder, certificate] = process.argv.slice(2);
const get = createRequire(folder + "/");
const { PushApiModel } = get("web-push-testing/src/PushApiModel");
const WebPushTestingServer = get("web-push-testing/src/server");

const pem = readFileSync(certificate);
const model = new PushApiModel();
const service = new WebPushTestingServer(model, 0);
service.setRequestHandlers();
const server = createServer({ key: pem, cert: pem }, service._app);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  model.notifyUrl = `https://localhost:${port}/notify/`;
  console.log(port);
});
