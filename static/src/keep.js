// For apps whose open page sends no requests: keeps the visitor's session for as long as the page is
// in front of somebody, and shows the waiting room once the session is over.
//
//   <script src="/vwr/static/keep.js" async></script>
//
// With `data-room="vip"`, of the room of that name; else of the room `main`.
"use strict";
(() => {
  const tag = document.currentScript;
  if (!tag || self.vwrKeeps) return; // included twice, or run again as Streamlit does
  self.vwrKeeps = true;
  const ours = new URL("..", tag.src);
  const address = new URL(`${tag.dataset.room || "main"}/keep`, ours).href;
  let timer;

  const ask = async () => {
    clearTimeout(timer);
    let left = 60; // of a page that needs no session, or that nobody sees
    try {
      if (!document.hidden) left = (await (await vwr.fetch(address)).json()).seconds_left;
    } catch {
      left = 10; // cut off: asked again before a short session is over
    }
    clearTimeout(timer); // another call may have been faster
    if (left == null) left = 60;
    // Twice before it ends, also if that is soon: it may be over within a second, too.
    timer = setTimeout(ask, Math.max(1, Math.min(240, left * 0.4)) * 1000);
  };

  const begin = () => {
    addEventListener("vwr:entered", () => location.reload());
    document.addEventListener("visibilitychange", () => document.hidden || ask());
    ask();
  };

  if (self.vwr && vwr.fetch) return begin();
  const script = document.createElement("script");
  script.src = new URL("static/vwr.js", ours).href;
  if (tag.nonce) script.nonce = tag.nonce;
  script.onload = begin;
  document.head.append(script);
})();
