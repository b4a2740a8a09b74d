// For single-page apps: a fetch that is told to wait shows the waiting room in a dialog, and is
// repeated when the visitor may enter.
//
//   <script src="/vwr/static/vwr.js"></script>
//   const answer = await vwr.fetch("/api/seats");
//   const order = await vwr.fetch("/api/orders", { method: "POST", body, repeat: true });
//
// `vwr.install()` puts it in the place of `fetch`. A GET or HEAD is repeated by itself; another
// method only with `repeat: true`, else the caller gets the 429 once the visitor is in. Events on
// `window`: `vwr:waiting`, `vwr:entered`, `vwr:closed`, and `vwr:expiring` when an answer says that
// the session ends within two minutes.
"use strict";
(() => {
  const send = self.fetch.bind(self);
  const SAFE = ["GET", "HEAD"];
  const rooms = new Map();

  const fetch = async (input, { repeat, ...init } = {}) => {
    const request = new Request(input, init);
    const mayRepeat = repeat ?? SAFE.includes(request.method);
    const again = mayRepeat ? request.clone() : null;
    const answer = await send(request);
    const seconds = answer.headers.get("VWR-Session-Expires");
    if (seconds) dispatchEvent(new CustomEvent("vwr:expiring", { detail: { seconds: +seconds } }));
    const page = answer.headers.get("VWR-Waiting-Room");
    if (answer.status != 429 || !page) return answer;
    const isIn = await wait(new URL(page, answer.url));
    return isIn && again ? fetch(again, { repeat: mayRepeat }) : answer;
  };

  // All calls that wait for one room share its dialog. Resolves with whether the visitor is in.
  const wait = (page) => {
    const { origin, pathname, href } = new URL(page, location.href);
    if (origin != location.origin) return Promise.resolve(false);
    if (!rooms.has(pathname)) {
      const done = show(href, pathname.replace(/\/$/, "")).finally(() => rooms.delete(pathname));
      rooms.set(pathname, done);
    }
    return rooms.get(pathname);
  };

  const show = (href, base) =>
    new Promise((resolve) => {
      const dialog = document.createElement("dialog");
      const frame = document.createElement("iframe");
      const channel = new BroadcastChannel("vwr:" + base);
      const close = (isIn) => {
        channel.close();
        dialog.remove();
        dispatchEvent(new CustomEvent(isIn ? "vwr:entered" : "vwr:closed", { detail: { href } }));
        resolve(isIn);
      };
      frame.title = "Waiting room";
      frame.src = href;
      Object.assign(frame.style, { border: 0, width: "100%", height: "100%" });
      Object.assign(dialog.style, {
        padding: 0,
        border: 0,
        borderRadius: "1.5rem",
        width: "min(100%, 36rem)",
        height: "min(100%, 48rem)",
        overflow: "hidden",
      });
      channel.onmessage = ({ data }) => data.entered && close(true);
      // The room sends on whoever needs not wait any more: then the frame shows another page.
      frame.onload = () => {
        const path = frame.contentWindow?.location.pathname;
        if (path && !path.startsWith(base)) close(true);
      };
      dialog.oncancel = () => close(false);
      dialog.append(frame);
      document.body.append(dialog);
      dispatchEvent(new CustomEvent("vwr:waiting", { detail: { href } }));
      dialog.showModal();
    });

  self.vwr = {
    fetch,
    wait,
    install: () => {
      self.fetch = fetch;
    },
  };
})();
