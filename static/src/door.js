// The script of the static door, and of the page that a worker gives to those for whom it has no
// place yet: it asks for one when its moment has come, and goes on to the line.
const el = (id) => document.getElementById(id) || document.createElement("p");
const { base, least, most, drawn } = document.querySelector("main").dataset;
// What a browser may refuse, since it blocks cookies.
const memory = (() => {
  try {
    return sessionStorage;
  } catch (error) {
    return {};
  }
})();
const key = "vwr-door" + base;
const second = 1000;
const isLost = 10 * 60 * second;

// Where the visitor wants to go. At an address of our own the query says it; elsewhere a cache has
// put this page in place of the wanted one.
const isOwn = location.pathname.indexOf(base + "/door") == 0;
const wanted = isOwn
  ? new URLSearchParams(location.search).get("next") || ""
  : location.pathname + location.search;
const go = () =>
  isOwn
    ? location.replace(`${base}/?next=${encodeURIComponent(wanted + location.hash)}`)
    : location.reload();

// The moment stays the same if the page is loaded again: that gains nothing and costs nothing. What
// a worker has told is in a cookie.
const isDrawn = drawn != null;
const moment = Date.now() + second * (+least + (most - least) * Math.random());
const kept = isDrawn ? +memory[key] : NaN;
let began = Date.now(), at, failures = 0;
const until = (next) => {
  at = memory[key] = next;
  began = Date.now();
};
until(Date.now() - kept < isLost && kept < moment ? kept : moment);

// The browser may slow down the timers of a hidden page, but not by more than a minute.
let asking;
const tick = () => {
  const now = Date.now();
  const part = Math.min(1, (now - began) / Math.max(1, at - began));
  el("progress").value = part;
  el("track").style.setProperty("--at", part);
  if (now < at || asking) return;
  asking = true;
  // A worker has kept time for this page: to load it again is to join.
  if (!isDrawn) return go();
  ask().then((seconds) => {
    if (seconds) until(Date.now() + second * seconds * (0.9 + 0.2 * Math.random()));
    asking = false;
  });
};
// In how many seconds to ask again; it goes on if there is nothing to wait for.
const ask = async () => {
  try {
    const stop = self.AbortController ? new AbortController() : {};
    setTimeout(() => stop.abort && stop.abort(), 20 * second);
    const answer = await fetch(base + "/tickets", { method: "POST", signal: stop.signal });
    const told = await answer.json().catch(() => ({}));
    const isLater = answer.status == 429 || answer.status > 503 || told.store == "down";
    if (!isLater && (told.state || answer.status < 500)) return forward();
    if (!told.state) throw answer;
    failures = 0;
    el("trouble").hidden = told.store != "down";
    return told.retry_after || 5;
  } catch (error) {
    el("trouble").hidden = ++failures < 2;
    return Math.min(60, 2 ** failures);
  }
};
const forward = () => {
  // Back at once, the browser has not kept the cookie of the place.
  if (Date.now() - memory[key + "-in"] < 20 * second) return blocked();
  memory[key + "-in"] = Date.now();
  delete memory[key];
  setTimeout(go);
  return 60;
};
const blocked = () => {
  el("cookies").hidden = el("check").hidden = false;
  delete memory[key + "-in"];
  return 3600;
};

for (const link of document.querySelectorAll("footer a")) {
  link.href = link.href.split("?")[0] + "?next=" + encodeURIComponent(wanted);
  link.onclick = () => {
    document.cookie = `vwr_lang=${link.lang};path=/;max-age=31536000;samesite=lax`;
  };
}
el("track").hidden = el("same").hidden = false;
if (navigator.cookieEnabled) setInterval(tick, second);
else blocked();
