// For apps whose open page sends no requests: keeps the visitor's session for as long as the page is
// in front of somebody, and shows the waiting room once the session is over.
//
//   <script src="/vwr/static/keep.js" async></script>
//
// With `data-room="vip"`, of the room of that name; else of the room `main`.
//
// Where the room sets `session_idle`, the page also tells that it is open, so that the session ends
// soon after the last page was closed. A hidden page keeps the session too, unless it says
// `data-hidden="ends"`. Where sessions end at a fixed time, elements with `data-vwr-left` show how
// much is left. `vwr:kept` on `window` tells others what each answer says.
"use strict";
(() => {
  const tag = document.currentScript;
  if (!tag || self.vwrKeeps) return; // included twice, or run again as Streamlit does
  self.vwrKeeps = true;
  const ours = new URL("..", tag.src);
  const address = new URL(`${tag.dataset.room || "main"}/keep`, ours).href;
  const endsHidden = tag.dataset.hidden == "ends";
  let timer, idle, endsAt, isLeaving;

  const ask = async () => {
    clearTimeout(timer);
    const { hidden } = document;
    let left = 60; // of a page that needs no session, or that nobody sees
    try {
      if (!hidden) left = heard(await vwr.fetch(address, { method: "POST" }));
      else if (idle && !endsHidden) left = heard(await tellHidden());
      left = await left;
    } catch {
      left = 10; // cut off: asked again before a short session is over
    }
    clearTimeout(timer); // another call may have been faster
    if (left == null) left = 60;
    // Twice before it ends, also if that is soon: it may be over within a second, too. If it is to
    // end soon after the page, three times: a call may get lost.
    const often = idle && !hidden ? 0.3 : 0.4;
    timer = setTimeout(ask, Math.max(1, Math.min(240, left * often)) * 1000);
  };

  // Of a hidden page, whose timers may fire once a minute or not at all, the session has its whole
  // length. It shows no room, and takes no place, before somebody looks.
  const tellHidden = () => fetch(`${address}?hidden=1`, { method: "POST", keepalive: true });

  const heard = async (answer) => {
    const told = await answer.json();
    idle = told.idle;
    endsAt = told.renews === false ? performance.now() + told.seconds_left * 1000 : 0;
    if (answer.ok) dispatchEvent(new CustomEvent("vwr:kept", { detail: told }));
    show();
    return told.seconds_left;
  };

  const show = () => {
    const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    for (const element of document.querySelectorAll("[data-vwr-left]"))
      element.textContent = endsAt ? text : "";
  };

  const begin = () => {
    addEventListener("vwr:entered", () => location.reload());
    document.addEventListener("visibilitychange", () => {
      if (!isLeaving && (idle || !document.hidden)) ask();
    });
    addEventListener("pagehide", () => {
      // A page that is left for another one tells nothing: the other one has the whole length by its
      // own request, or is the bank's. But a hidden page is closed, and has told that it stays.
      isLeaving = true;
      if (idle && document.hidden && !endsHidden) navigator.sendBeacon(address);
    });
    addEventListener("pageshow", ({ persisted }) => {
      isLeaving = false;
      if (persisted) ask(); // it was put away, and is shown again
    });
    setInterval(() => endsAt && show(), 1000);
    ask();
  };

  if (self.vwr && vwr.fetch) return begin();
  const script = document.createElement("script");
  script.src = new URL("static/vwr.js", ours).href;
  if (tag.nonce) script.nonce = tag.nonce;
  script.onload = begin;
  document.head.append(script);
})();
