// What an app in Node asks of the waiting room. It needs no package.
import { createPublicKey, verify } from "node:crypto";

const ROOM = process.env.VWR_ROOM || "main";
const URL_OF_ROOM = process.env.VWR_URL || "http://127.0.0.1:8090"; // where `vwr serve` listens

/** End a session whose visitor is done. Its id came in the header VWR-Session-Id, or in the token. */
export async function complete(session) {
  const where = `/vwr-admin/api/rooms/${ROOM}/sessions/${encodeURIComponent(session)}/complete`;
  const answer = await fetch(URL_OF_ROOM + where, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.VWR_ADMIN_API_KEY}` },
    signal: AbortSignal.timeout(5000),
  });
  if (!answer.ok) throw new Error(`the session was not ended: ${await answer.text()}`);
  return (await answer.json()).was_running;
}

/** The claims of an access token, or null for one that is not genuine or has expired. */
export async function claims(token) {
  try {
    const [head, body, signature] = token.split(".");
    const { alg, typ, kid } = parsed(head);
    if (alg != "ES256" || typ != "vwr+jwt") return null;
    const key = (await keys(kid)).find((key) => key.kid == kid);
    const publicKey = createPublicKey({ key, format: "jwk" });
    const isGenuine = verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      { key: publicKey, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
    const said = parsed(body);
    const isOurs = said.iss == "vwr" && said.aud == ROOM && said.exp > Date.now() / 1000;
    return isGenuine && isOurs ? said : null;
  } catch {
    return null; // it is no token
  }
}

const parsed = (part) => JSON.parse(Buffer.from(part, "base64url"));

// Kept for five minutes, and read anew for a key that is not among them, once in ten seconds.
let kept = { keys: [], at: 0 };
async function keys(kid) {
  const age = Date.now() - kept.at;
  if (age > 300_000 || (age > 10_000 && !kept.keys.some((key) => key.kid == kid))) {
    const answer = await fetch(`${URL_OF_ROOM}/vwr/${ROOM}/jwks.json`);
    kept = { keys: (await answer.json()).keys, at: Date.now() };
  }
  return kept.keys;
}
