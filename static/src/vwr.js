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
// the session ends within two minutes. `vwr.labels.close` is what the dialog's button says.
"use strict";
(() => {
  const send = self.fetch.bind(self);
  const SAFE = ["GET", "HEAD"];
  const CLOSE = {
    ar: "إغلاق", de: "Schließen", es: "Cerrar", fr: "Fermer", he: "סגירה", it: "Chiudi",
    ja: "閉じる", ko: "닫기", nl: "Sluiten", pt: "Fechar", "zh-Hans": "关闭", "zh-Hant": "關閉",
  };
  const rooms = new Map();
  const labels = {};
  const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

  // What a browser may refuse.
  const ifAllowed = (make) => {
    try {
      return make();
    } catch {}
  };

  const fetch = async (input, { repeat, ...init } = {}) => {
    const request = new Request(input, init);
    const mayRepeat = repeat ?? SAFE.includes(request.method);
    const again = request.clone();
    const answer = await send(request);
    const seconds = answer.headers.get("VWR-Session-Expires");
    if (seconds) dispatchEvent(new CustomEvent("vwr:expiring", { detail: { seconds: +seconds } }));
    const page = answer.headers.get("VWR-Waiting-Room");
    if (answer.status != 429 || !page) return answer;
    if (answer.headers.get("VWR-State") == "admitted") {
      // Inside, with too many calls at once: none of them has reached the app.
      await sleep(+answer.headers.get("Retry-After") || 1);
      return fetch(again, { repeat: mayRepeat });
    }
    const isIn = await wait(new URL(page, answer.url));
    return isIn && mayRepeat ? fetch(again, { repeat: mayRepeat }) : answer;
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
      const button = document.createElement("button");
      const channel = ifAllowed(() => new BroadcastChannel("vwr:" + base));
      let wasShown;
      const close = (isIn) => {
        if (!dialog.isConnected) return;
        channel?.close();
        dialog.close(); // the focus goes back to where it was
        dialog.remove();
        dispatchEvent(new CustomEvent(isIn ? "vwr:entered" : "vwr:closed", { detail: { href } }));
        resolve(isIn);
      };
      const name = (title, language) => {
        frame.title = title;
        dialog.setAttribute("aria-label", title);
        button.title = labels.close ?? CLOSE[language] ?? "Close";
        button.setAttribute("aria-label", button.title);
      };
      frame.onload = () => {
        const page = ifAllowed(() => frame.contentDocument);
        // It must not be read: another site's page, or one that refuses to be in a frame. If ours
        // was never seen it may be ours that is refused: then no hurry with the next call.
        if (!page) return wasShown ? close(true) : setTimeout(close, 2000, true);
        // The room sends on whoever needs not wait any more: then the frame shows another page.
        if (!`${page.location.pathname}/`.startsWith(base + "/")) return close(true);
        wasShown = true;
        name(page.title.replace(/^\(\S+\) /, ""), page.documentElement.lang);
        frame.contentWindow.addEventListener("keydown", ({ key }) => key == "Escape" && close(false));
      };
      if (channel)
        channel.onmessage = ({ data }) => {
          if (data.entered) close(true);
          if (data.you == "left") close(false);
        };
      dialog.oncancel = () => close(false);
      button.onclick = () => close(false);
      button.type = "button";
      button.textContent = "×";
      name("Waiting room", document.documentElement.lang);
      frame.src = href;
      Object.assign(frame.style, { border: 0, width: "100%", height: "100%" });
      Object.assign(button.style, {
        position: "absolute",
        insetBlockStart: "0.5rem",
        insetInlineEnd: "0.75rem",
        width: "2.5rem",
        height: "2.5rem",
        padding: 0,
        border: 0,
        borderRadius: "50%",
        background: "Canvas",
        color: "CanvasText",
        font: "1.5rem/1 system-ui, sans-serif",
        cursor: "pointer",
      });
      Object.assign(dialog.style, {
        padding: 0,
        border: 0,
        borderRadius: "1.5rem",
        width: "min(100%, 36rem)",
        height: "min(100%, 48rem)",
        overflow: "hidden",
        colorScheme: "light dark",
      });
      dialog.append(button, frame);
      document.body.append(dialog);
      dispatchEvent(new CustomEvent("vwr:waiting", { detail: { href } }));
      dialog.showModal();
    });

  self.vwr = {
    fetch,
    wait,
    labels,
    install: () => {
      self.fetch = fetch;
    },
  };
})();
