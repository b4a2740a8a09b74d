// The page that takes a place to another device. Its forms work without this script. The script
// takes the code out of the link, and goes on polling, so that a visitor in line counts as present.
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
const patience = () =>
  self.AbortSignal && AbortSignal.timeout ? AbortSignal.timeout(10000) : undefined;

const OVER = /moved|locked|reset|missed|ended|left|none/;
let door = "", told = 10, failures = 0, timer, asking;
const ask = async () => {
  if (asking) return;
  clearTimeout(timer);
  asking = true;
  let seconds;
  try {
    const answer = await fetch(`${base}/position${door}`, {
      headers: { Accept: "application/json" },
      signal: patience(),
    });
    const { you, state, store, retry_after } = await answer.json();
    if (store != "down") {
      // The turn has come: the line's own page goes on.
      if (/may_enter|admitted/.test(you) || state == "off") return location.replace(back);
      // As it does where the place is gone. But who brings another needs this page, and its code.
      // Given up in another tab: the line's page would take a new place unasked.
      if (OVER.test(you) && !field.value)
        return location.replace(you == "none" ? location.pathname + location.search : back);
    }
    door = you == "next" ? "?door=1" : "";
    // An answer may be somebody else's: this may be no number, or too large for a timer.
    told = seconds = Math.min(retry_after, 3600) || 5;
    failures = 0;
  } catch {
    seconds = Math.min(Math.max(15, told), 2 ** ++failures);
  } finally {
    asking = false;
  }
  timer = setTimeout(ask, seconds * (800 + 400 * Math.random()));
};
const wake = () => {
  failures = 0;
  ask();
};
if (back) {
  timer = setTimeout(ask, 2000);
  addEventListener("online", wake);
  addEventListener("pageshow", ({ persisted }) => persisted && wake());
  document.addEventListener("visibilitychange", () => document.hidden || wake());
}

// A form that failed without a connection is sent again unchanged: whether the first try came
// through or not, the same attempt gives the same place. Then the form itself is sent, to show it.
const unsent = document.querySelector("form[data-again]");
let tries = 1, next;
const again = async () => {
  let status = 503;
  try {
    ({ status } = await fetch(unsent.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(new FormData(unsent)),
      signal: patience(),
    }));
  } catch {}
  if (!tries) return;
  // Nor may the page of a gateway whose app is away, or that refuses this many, take its place.
  if (status < 500 && status != 429) return unsent.submit();
  later();
};
const later = () => {
  next = setTimeout(again, Math.min(60, 2 ** ++tries) * (800 + 400 * Math.random()));
};
// Who has typed another code presses the button for it, whatever a try under way brings.
const stop = () => {
  clearTimeout(next);
  tries = 0;
};
if (unsent) {
  later();
  addEventListener("input", stop);
  addEventListener("submit", stop);
}
