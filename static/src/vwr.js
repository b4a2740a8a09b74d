// For single-page apps: a fetch that is told to wait shows the waiting room in a dialog, and is
// repeated when the visitor may enter.
//
//   <script src="/vwr/static/vwr.js"></script>
//   const answer = await vwr.fetch("/api/seats");
//   const order = await vwr.fetch("/api/orders", { method: "POST", body, repeat: true });
//
// `vwr.install()` puts it in the place of `fetch`. A GET or HEAD is repeated by itself; another
// method only with `repeat: true`, else the caller gets the 429 once the visitor is in. Events on
// `window`: `vwr:waiting`, `vwr:entered`, `vwr:closed`, `vwr:blocked` before the page is left for the
// room since no frame may show it, and `vwr:expiring` when an answer says that the session ends
// within two minutes. `vwr.labels.close` is what the dialog's button says. The dialog is light or
// dark as the page around it is, unless `vwr.scheme` says "light" or "dark".
"use strict";
(() => {
  if (self.vwr && self.vwr.fetch) return; // included twice: each would show a dialog of its own
  let send = self.fetch.bind(self);
  const SAFE = ["GET", "HEAD"];
  const CLOSE = {
    ar: "إغلاق", de: "Schließen", es: "Cerrar", fr: "Fermer", he: "סגירה", hi: "बंद करें",
    it: "Chiudi", ja: "閉じる", ko: "닫기", nl: "Sluiten", pl: "Zamknij", pt: "Fechar", tr: "Kapat",
    uk: "Закрити", "zh-Hans": "关闭", "zh-Hant": "關閉",
  };
  const FRAME = { border: 0, width: "100%", height: "100%" };
  const BUTTON = {
    position: "absolute",
    insetBlockStart: "8px",
    insetInlineEnd: "12px",
    width: "calc(5em / 3)",
    height: "calc(5em / 3)",
    margin: 0,
    padding: 0,
    border: 0,
    borderRadius: "50%",
    background: "Canvas",
    color: "CanvasText",
    font: "1.5em/1 system-ui, sans-serif",
    cursor: "pointer",
  };
  const DIALOG = {
    margin: "auto",
    padding: 0,
    border: 0,
    outline: "1px solid transparent", // the edge, where the system gives every ground one colour
    font: "medium system-ui, sans-serif", // the person's own text size: an app may have changed the rem
    // Where it has no more width than it needs, as on a phone, it takes the whole screen.
    width: "min(100%, 36em)",
    maxWidth: "none",
    height: "min(100%, max(48em, (37em - 100vw) * 99))",
    maxHeight: "calc(100% - clamp(0px, 100vw - 36em, 2em))",
    borderRadius: "clamp(0px, 100vw - 36em, 1.5em)",
    overflow: "hidden",
    background: "Canvas",
  };
  // In the dialog, which is a card itself, the page is flat.
  const FLAT = [
    "body{background:var(--surface)}",
    "#band{padding-bottom:20px}",
    "main{margin-top:0;gap:0}",
    ".card,fieldset{border-radius:0;box-shadow:none}",
  ];
  let isInstalled = false;
  // After a person has closed a dialog, calls that the app makes by itself (a poll, a library that
  // tries again) show no other, until the person does something in the page.
  let isUnwanted = false;
  for (const act of ["click", "submit", "change", "popstate"])
    addEventListener(act, () => (isUnwanted = false), true);
  const dialogs = new Map(); // the open one of each room
  const labels = {};
  const sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000));

  // Of before anybody opens it; a worker has no page.
  const isPrerendering = () => self.document && document.prerendering;
  const whenOpened = () =>
    new Promise((go) => {
      if (!isPrerendering()) return go();
      document.addEventListener("prerenderingchange", go, { once: true });
    });

  // For calls that a browser may refuse: undefined, then.
  const ifAllowed = (make) => {
    try {
      return make();
    } catch {}
  };

  // Wait for `done`; give up as soon as the caller aborts the call.
  const unlessAborted = (signal, done) =>
    new Promise((resolve, reject) => {
      // Browsers of before 2022 know no reason.
      const give = () => reject(signal.reason || new DOMException("given up", "AbortError"));
      if (signal) {
        if (signal.aborted) give();
        signal.addEventListener("abort", give);
      }
      done.then(resolve, reject);
    });

  const fetch = async (input, options) => {
    const { repeat, ...init } = options || {};
    const request = new Request(input, init);
    return call(request, repeat == null ? SAFE.includes(request.method) : repeat);
  };

  const call = async (request, mayRepeat, hasWaited) => {
    const { signal } = request;
    const again = request.clone();
    const isEarly = isPrerendering();
    const answer = await send(request);
    const seconds = answer.headers.get("VWR-Session-Expires");
    if (seconds) dispatchEvent(new CustomEvent("vwr:expiring", { detail: { seconds: +seconds } }));
    const page = answer.headers.get("VWR-Waiting-Room");
    if (isEarly && answer.status == 503 && page) {
      // The page is only prerendered, so this counted as a prefetch: ask again once it is opened.
      await unlessAborted(signal, whenOpened());
      return call(again, mayRepeat, hasWaited);
    }
    if (answer.status != 429 || !page) return answer;
    if (answer.headers.get("VWR-State") == "admitted") {
      // The visitor is inside, with too many calls at once. This one has not reached the app.
      await unlessAborted(signal, sleep(+answer.headers.get("Retry-After") || 1));
      return call(again, mayRepeat, hasWaited);
    }
    // The visitor went in, and is refused again (a call without cookies?): show no second dialog.
    if (hasWaited) return answer;
    // An answer that the app's own fetch has built has no address. An answer of another site (one
    // that counts visitors, say) tells nothing about the pages of this one.
    const address = new URL(answer.url || location.href);
    if (address.origin != location.origin) return answer;
    const isIn = await waitInDialog(roomAt(new URL(page, address)), signal);
    return isIn && mayRepeat ? call(again, mayRepeat, true) : answer;
  };

  // The page of a room, and the path below which the room answers; null for one of another site.
  const roomAt = (page) => {
    const { origin, pathname, href } = new URL(page, location.href);
    return origin == location.origin ? { href, base: pathname.replace(/\/$/, "") } : null;
  };

  // All calls that wait for one room share its dialog. Resolves with whether the visitor is in.
  const waitInDialog = async (room, signal) => {
    if (!room) return false;
    const { href, base } = room;
    if (!self.HTMLDialogElement) return leaveFor(href);
    if (!dialogs.has(base)) {
      if (isUnwanted) return false;
      dialogs.set(base, openDialog(href, base));
    }
    const dialog = dialogs.get(base);
    dialog.calls++;
    try {
      return await unlessAborted(signal, dialog.done);
    } finally {
      if (!--dialog.calls) dialog.close(false); // nobody waits any more
    }
  };

  // Whether the visitor need not wait any more; null if that is not known.
  const isAdmitted = async (base) => {
    try {
      // The app's page may have a <base> of another host.
      const address = new URL(base + "/position", location.href);
      const signal = ifAllowed(() => AbortSignal.timeout(1e4));
      const { you, state } = await (await send(address, { signal })).json();
      return you == "admitted" || state == "off";
    } catch {
      return null;
    }
  };

  // For callers of other things, such as a socket. If the visitor is in already, nothing is shown.
  const wait = async (page, signal) => {
    const room = roomAt(page);
    const isIn = whenOpened().then(() => room && isAdmitted(room.base));
    return (await unlessAborted(signal, isIn)) || waitInDialog(room, signal);
  };

  // Go to the room as a page of its own, which leads back here, unless the app prefers to stay.
  const leaveFor = (href) => {
    const page = new URL(href);
    page.searchParams.set("next", location.pathname + location.search + location.hash);
    const detail = { href: page.href };
    const goes = dispatchEvent(new CustomEvent("vwr:blocked", { cancelable: true, detail }));
    // A worker has no top, and stays.
    if (goes && self == self.top) location.assign(page);
    else isUnwanted = true;
    return false;
  };

  // How light a colour is, in any notation, from 0 to 1; null if what is behind it shows through.
  const lightness = (colour) => {
    const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return alpha < 128 ? null : (0.3 * red + 0.6 * green + 0.1 * blue) / 255;
  };
  const prefersDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  // "light" or "dark", as the app's page is now. Many a light page says nothing of its scheme.
  const scheme = () => {
    if (/^(light|dark)$/.test(self.vwr.scheme)) return self.vwr.scheme;
    const root = document.documentElement;
    for (const each of [document.body, root]) {
      const found = each && ifAllowed(() => lightness(getComputedStyle(each).backgroundColor));
      if (found != null) return found < 0.5 ? "dark" : "light";
    }
    const known = getComputedStyle(root).colorScheme || "";
    return /dark/.test(known) && (prefersDark() || !/light/.test(known)) ? "dark" : "light";
  };

  // Let the room's page look as the dialog around it. A site that has set its `scheme` keeps it.
  const dress = (page, wanted) => {
    const root = page.documentElement;
    const isFree = /light.*dark/.test(getComputedStyle(root).colorScheme);
    for (const sheet of page.styleSheets) {
      const rules = ifAllowed(() => [...sheet.cssRules]) || []; // of another origin none can be read
      for (const { media } of rules) {
        const asked = media && /prefers-color-scheme: *(light|dark)/.exec(media.mediaText);
        if (isFree && asked) media.mediaText = asked[1] == wanted ? "all" : "not all";
      }
    }
    if (isFree) root.style.colorScheme = wanted;
    const [ours] = page.styleSheets;
    for (const rule of FLAT) ours.insertRule(rule, ours.cssRules.length);
  };

  // `done` resolves with whether the visitor is in, once it is closed; so many `calls` wait for it.
  const openDialog = (href, base) => {
    const dialog = document.createElement("dialog");
    const frame = document.createElement("iframe");
    const button = document.createElement("button");
    const channel = ifAllowed(() => new BroadcastChannel("vwr:" + base));
    let isOpen = true, resolveDone;
    const done = new Promise((resolve) => (resolveDone = resolve));
    const close = (isIn) => {
      if (!isOpen) return;
      isOpen = false;
      dialogs.delete(base);
      watcher.disconnect();
      if (channel) channel.close();
      dialog.close(); // the focus goes back to where it was
      dialog.remove();
      dispatchEvent(new CustomEvent(isIn ? "vwr:entered" : "vwr:closed", { detail: { href } }));
      resolveDone(isIn);
    };
    // Some apps render the whole document anew, and then this dialog is gone without a word.
    const watcher = new MutationObserver(() => dialog.isConnected || close(false));
    const dismiss = () => {
      if (isOpen) isUnwanted = true; // `dialog.close` leads here once more
      close(false);
    };
    const name = (title, language) => {
      frame.title = title.replace(/^\(\S+\) /, ""); // without the number, which changes all the time
      dialog.setAttribute("aria-label", frame.title);
      button.title = labels.close || CLOSE[language] || "Close";
      button.setAttribute("aria-label", button.title);
    };
    // It is seen once it looks right, or has taken too long.
    const show = () => (frame.style.opacity = 1);
    const hide = () => {
      frame.style.opacity = 0;
      setTimeout(show, 3000);
    };
    // How often the frame was to show the room in vain. What comes after the room's page is the
    // first time no fault of the room's: a link in it led there.
    let failures = 0;
    frame.onload = () => {
      const page = ifAllowed(() => frame.contentDocument);
      // Somebody who need not wait any more is sent on: then the frame shows another page. A page
      // that refuses to be in a frame, ours or the app's, cannot be read.
      if (!page || !`${page.location.pathname}/`.startsWith(base + "/")) return gone();
      if (frame.contentWindow.vwr && !page.getElementById("vwr-data")) return replaced();
      failures = -1;
      ifAllowed(() => dress(page, dialog.style.colorScheme));
      dialog.dir = page.dir || "ltr"; // or its button could lie on what the page begins with
      show();
      frame.contentWindow.addEventListener("pagehide", hide);
      const rename = () => name(page.title, page.documentElement.lang);
      new MutationObserver(rename).observe(page.head, { childList: true, subtree: true });
      rename();
      frame.contentWindow.addEventListener("keydown", ({ key }) => key == "Escape" && dismiss());
    };
    const replaced = () => {
      console.error(`vwr: ${base}/ shows the app: no service worker may answer in the room's place`);
      dismiss();
    };
    const gone = async () => {
      const isIn = await isAdmitted(base);
      if (!isOpen) return;
      if (isIn !== false) return close(!!isIn);
      // The page got lost on its way, or a link led to one that does not poll. Only if the room
      // does not come twice, no frame may show it.
      if (++failures < 2) {
        frame.src = href;
      } else {
        close(false);
        leaveFor(href);
      }
    };
    if (channel)
      channel.onmessage = ({ data }) => {
        // The room's page goes in, or reads that another call of the app was let in meanwhile.
        if (data.entered || data.you == "admitted") close(true);
        if (data.you == "left") dismiss();
      };
    dialog.oncancel = dialog.onclose = button.onclick = dismiss;
    button.type = "button";
    button.textContent = "×";
    name("Waiting room", document.documentElement.lang);
    frame.src = href;
    Object.assign(frame.style, FRAME);
    Object.assign(button.style, BUTTON);
    Object.assign(dialog.style, DIALOG, { colorScheme: scheme() });
    hide();
    dialog.append(button, frame);
    // Not in the body, which may not be there yet, and which some apps replace.
    document.documentElement.append(dialog);
    for (const above of [document, dialog.parentNode]) watcher.observe(above, { childList: true });
    dispatchEvent(new CustomEvent("vwr:waiting", { detail: { href } }));
    dialog.showModal();
    return { done, close, calls: 0 };
  };

  self.vwr = {
    fetch,
    wait,
    labels,
    install: () => {
      if (isInstalled) return;
      isInstalled = true;
      send = self.fetch.bind(self); // the app's own may be there by now, which adds a header, say
      self.fetch = fetch;
    },
  };
})();
