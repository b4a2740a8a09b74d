// The page that takes a place to another device. Its forms work without this script. The script
// takes the code out of the link, goes on polling, so that a visitor in line counts as present, and
// sends a form again that could not be answered.
const { base, back } = document.querySelector("main").dataset;
const field = document.getElementById("typed");

const read = () => {
  const found = /[#&]resume=([\w-]+)/.exec(location.hash);
  if (!found) return;
  field.value = found[1];
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const box = field.closest("details");
  if (box) box.open = true;
  // The code stays neither in the address bar nor in the history.
  history.replaceState(null, "", location.pathname + location.search);
  // No place is taken unasked: the link may have been opened by mistake.
  field.form.querySelector("button").focus();
};
read();
addEventListener("hashchange", read);

// The link for the other device, whole: the code is in its fragment.
const link = document.getElementById("link");
if (link) {
  const [send, share, copy, sent] = ["send", "share", "copy", "sent"].map((id) => document.getElementById(id));
  const url = link.href;
  share.hidden = !navigator.share;
  copy.hidden = !navigator.clipboard;
  send.hidden = share.hidden && copy.hidden;
  // Whoever puts the sheet away has shared nothing, and knows it.
  share.onclick = () => navigator.share({ url, title: document.title }).catch(() => {});
  copy.onclick = () =>
    navigator.clipboard.writeText(url).then(
      () => (sent.textContent = send.dataset.said),
      () => getSelection().selectAllChildren(link),
    );
}

// If the answer gets lost, the code is used up. Who then opens the link once more, in another tab
// too, makes the same attempt as before, and so gets the place.
try {
  const { attempt } = field.form;
  // What was sent already, perhaps without this script, must be sent again as it was.
  if ("again" in field.form.dataset) localStorage["vwr-attempt"] = attempt.value;
  attempt.value = localStorage["vwr-attempt"] = localStorage["vwr-attempt"] || attempt.value;
} catch {
  // Storage is blocked: then only repeating the request itself is the same attempt.
}

// A browser that cannot give up waits for as long as the connection does.
const ask = (address, init) => {
  const signal = self.AbortSignal && AbortSignal.timeout ? AbortSignal.timeout(10000) : undefined;
  return fetch(address, { headers: { Accept: "application/json" }, signal, ...init });
};
const after = (seconds, act) => setTimeout(act, seconds * (800 + 400 * Math.random()));

// Polling, for whoever has a place here.
const OVER = /moved|locked|reset|missed|ended|left|none/;
let door = "", retryAfter = 10, failures = 0, timer, isPolling;
const poll = async () => {
  if (isPolling) return;
  clearTimeout(timer);
  isPolling = true;
  let seconds;
  try {
    const told = await (await ask(`${base}/position${door}`)).json();
    const next = nextPage(told);
    if (next) return location.replace(next);
    door = told.you == "next" ? "?door=1" : "";
    // An answer may be somebody else's: this may be no number, or too large for a timer.
    retryAfter = seconds = Math.min(told.retry_after, 3600) || 5;
    failures = 0;
  } catch {
    seconds = Math.min(Math.max(15, retryAfter), 2 ** ++failures);
  } finally {
    isPolling = false;
  }
  timer = after(seconds, poll);
};
const nextPage = ({ you, state, store }) => {
  if (store == "down") return;
  // The turn has come: the line's own page goes on.
  if (/may_enter|admitted/.test(you) || state == "off") return back;
  // Whoever brings another place needs this page, and its code.
  if (!OVER.test(you) || field.value) return;
  // Where the place was given up in another tab, the line's page would take a new one unasked.
  return you == "none" ? location.pathname + location.search : back;
};
const wake = () => {
  failures = 0;
  poll();
};
if (back) {
  timer = setTimeout(poll, 2000);
  addEventListener("online", wake);
  addEventListener("pageshow", ({ persisted }) => persisted && wake());
  document.addEventListener("visibilitychange", () => document.hidden || wake());
}

// A form that failed without a connection is sent again unchanged: whether the first try came
// through or not, the same attempt gives the same place. Then the form itself is sent, to show it.
const unsent = document.querySelector("form[data-again]");
let tries = 1, nextTry, isStopped;
const tryAgain = async () => {
  let status = 503;
  try {
    const body = new URLSearchParams(new FormData(unsent));
    ({ status } = await ask(unsent.action, { method: "POST", body }));
  } catch {}
  if (isStopped) return;
  // Nor may the page of a gateway whose app is away, or that refuses this many, take its place.
  if (status < 500 && status != 429) unsent.submit();
  else tryLater();
};
const tryLater = () => {
  nextTry = after(Math.min(60, 2 ** ++tries), tryAgain);
};
// Who has typed another code presses the button for it, whatever a try under way brings.
const stop = () => {
  clearTimeout(nextTry);
  isStopped = true;
};
if (unsent) {
  tryLater();
  addEventListener("input", stop);
  addEventListener("submit", stop);
}

// A place that comes from elsewhere has another number in a draw than the one noted here: draw.js.
field.form.addEventListener("submit", () => {
  try {
    localStorage.removeItem("vwr-draw" + base);
  } catch {}
});
