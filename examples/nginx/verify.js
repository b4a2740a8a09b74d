// Lets nginx itself verify access tokens of the waiting room (RS256 and ES256), by its public keys.
//
// It needs nginx's JavaScript module (Debian: libnginx-mod-http-js). In nginx.conf, in http { }:
//
//   js_path /etc/nginx/;
//   js_import vwr from verify.js;
//   js_shared_dict_zone zone=vwr:1m timeout=1d;
//   resolver 127.0.0.53;  # whom to ask where the issuer is
//   js_fetch_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
//
// and where only visitors may pass whose turn has come:
//
//   set $vwr_keys   https://shop.example/.well-known/jwks.json;
//   set $vwr_issuer https://shop.example;
//   set $vwr_room   main;
//   location /api/ {
//       auth_request /vwr-token;
//       auth_request_set $vwr_session $sent_http_vwr_session_id;
//       proxy_set_header VWR-Session-Id $vwr_session;
//       proxy_pass http://127.0.0.1:8080;
//   }
//   location = /vwr-token { internal; js_content vwr.check; }

const ALGORITHMS = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
};
// Seconds of difference between two clocks; letters of a token.
const LEEWAY = 5, LONGEST = 2048;
// Milliseconds for which keys are fresh; between two fetches; the same while there are no keys.
const FRESH = 300000, PAUSE = 30000, PAUSE_WITHOUT = 2000;

// Answers nginx's question whether a request may pass: 204, or 401; 503 while there are no keys.
async function check(r) {
  const claims = await claimsOf(r, tokenOf(r));
  if (claims) r.headersOut['VWR-Session-Id'] = claims.sid;
  else if (!ngx.shared.vwr.get('keys')) return r.return(503);
  else r.headersOut['WWW-Authenticate'] = `Bearer realm="${r.variables.vwr_room}"`;
  r.return(claims ? 204 : 401);
}

// A second header makes a comma, which no token has; so two of them are none.
function tokenOf(r) {
  const own = r.headersIn['VWR-Token'];
  if (own !== undefined) return own;
  return r.variables[`cookie_vwr_${r.variables.vwr_room}_token`] || '';
}

async function claimsOf(r, token) {
  try {
    const parts = token.split('.');
    if (token.length > LONGEST || parts.length !== 3) return await keyNamed(r, '') && null;
    const head = JSON.parse(Buffer.from(parts[0], 'base64url').toString());
    const key = head.typ === 'vwr+jwt' && await keyNamed(r, head.kid);
    // The key says by which algorithm it verifies, never the token.
    if (!key || key.alg !== head.alg || !await isGenuine(parts, key)) return null;
    const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString());
    return isForUs(r, claims) ? claims : null;
  } catch (error) {
    r.log(`an access token could not be read: ${error.message}`);
    return null;
  }
}

function isForUs(r, claims) {
  const now = Date.now() / 1000, variables = r.variables;
  const isOurs = claims.iss === variables.vwr_issuer && claims.aud === variables.vwr_room;
  return isOurs && claims.exp > now - LEEWAY && claims.iat <= now + LEEWAY;
}

async function isGenuine(parts, jwk) {
  const algorithm = ALGORITHMS[jwk.alg];
  if (!algorithm) return false;
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
  const signature = Buffer.from(parts[2], 'base64url');
  return crypto.subtle.verify(algorithm, key, signature, Buffer.from(`${parts[0]}.${parts[1]}`));
}

async function keyNamed(r, name) {
  let key = known()[name];
  const shared = ngx.shared.vwr, pause = shared.get('keys') ? PAUSE : PAUSE_WITHOUT;
  // One worker fetches, and not for each name that somebody makes up.
  if ((!key || !shared.get('fresh')) && shared.add('tried', '1', pause)) {
    await fetchKeys(r);
    key = known()[name];
  }
  return key;
}

function known() {
  return JSON.parse(ngx.shared.vwr.get('keys') || '{}');
}

async function fetchKeys(r) {
  try {
    const answer = await ngx.fetch(r.variables.vwr_keys, { max_response_body_size: 262144 });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    const keys = {};
    (await answer.json()).keys.forEach((key) => { keys[key.kid] = key; });
    ngx.shared.vwr.set('keys', JSON.stringify(keys));
    ngx.shared.vwr.set('fresh', '1', FRESH);
    ngx.shared.vwr.set('tried', '1', PAUSE);
  } catch (error) {  // the former keys serve until the zone's timeout
    r.error(`the room's keys cannot be had: ${error.message}`);
  }
}

export default { check };
