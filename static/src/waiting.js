// The waiting page's script: it asks where the visitor stands, shows it, and goes in when told.
// As a worker it is only a clock, since browsers slow down a hidden page's own timers.
"use strict";
if (self.document) waitingPage();
else {
  let timer;
  onmessage = (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => postMessage(0), event.data);
  };
}

function waitingPage() {
  const el = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(el(id).textContent);
  const words = read("vwr-words");
  const main = document.querySelector("main");
  const base = main.dataset.base;
  const rules = new Intl.PluralRules(document.documentElement.lang);
  let view = read("vwr-data");
  const { next, reload } = view;

  // ---- what is remembered: progress across reloads, and the visitor's own choices

  const memory = (() => {
    try {
      return localStorage;
    } catch {
      return {};
    }
  })();
  const remember = (key, value) => {
    try {
      memory["vwr:" + key] = value;
    } catch {}
  };
  const recall = (key) => memory["vwr:" + key];

  // ---- words

  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const plural = (forms, values) => {
    const samples = Object.keys(forms);
    const kind = rules.select(values.n);
    return fill(forms[samples.find((n) => rules.select(+n) == kind) ?? samples.at(-1)], values);
  };
  const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, words.separator);
  const people = (n) => {
    if (n == null) return words.unknown;
    if (n < 1000) return String(n);
    let step = 100;
    while (n >= step * 100) step *= 10;
    return fill(words.about, { n: number(Math.floor((n + step / 2) / step) * step) });
  };
  const wait = (seconds) => {
    if (!seconds) return words.unknown;
    const { low, high } = seconds;
    if (high < 60) return words.soon;
    const unit = high <= 5400 ? 60 : 3600;
    const step = unit == 60 && high > 600 ? 300 : unit;
    const least = Math.max(Math.floor(low / step) * step, unit);
    const most = Math.max(Math.ceil(high / step) * step, least);
    const name = unit == 60 ? "minutes" : "hours";
    const values = { low: least / unit, n: most / unit };
    return plural(words[least == most ? name : name + "Range"], values);
  };

  // ---- times: the server's, told in the visitor's own zone

  let ahead = 0;
  const now = () => Date.now() + ahead;
  const clockTime = (ms, style) => new Date(ms - ahead).toLocaleString(document.documentElement.lang, style);
  const timed = (id, text, seconds, style) => {
    el(id).textContent = seconds ? fill(text, { time: clockTime(seconds * 1000, style) }) : "";
  };

  // ---- showing

  const OWN = ["entering", "cookies", "admitted", "missed", "ended", "left"];
  const phase = () => {
    const { you, state } = view;
    if (OWN.includes(you)) return you;
    if (you == "may_enter") return "turn";
    if (state == "closed") return "closed";
    if (you == "none" && asked) return view.full ? "full" : "none";
    if (view.position == null) return view.full ? "full" : "joining";
    if (state == "paused" || state == "scheduled") return state;
    return you == "next" ? "next" : "waiting";
  };
  let asked = false;
  let trouble = view.store_down;
  let anew = view.you == "reset";
  let best = 0;
  let shortest = Infinity;
  let shown = main.dataset.phase;

  const progress = () => {
    const { generation, position, ahead } = view;
    if (position == null || ahead == null) return;
    // From the first sight of this place on, whatever is loaded again; and never back.
    const key = base + ":" + generation + ":" + position;
    let [place, start, most] = (recall(base) || "").split(" ");
    if (place != key) [start, most] = [ahead, 0];
    best = Math.max(+most, best, +start ? 1 - ahead / start : 1);
    if (generation != null) remember(base, [key, Math.max(start, ahead), best].join(" "));
    el("progress").value = best;
  };
  const show = () => {
    const name = phase();
    const [heading, lead] = words.phases[name];
    const { wait_seconds } = view;
    const isInLine = /waiting|paused|scheduled/.test(name);
    document.title =
      (isInLine && view.ahead != null ? `(${number(view.ahead)}) ` : "") +
      heading + " · " + el("site").textContent;
    el("heading").textContent = heading;
    el("lead").textContent = lead;
    main.dataset.phase = name;
    for (const part of document.querySelectorAll("[data-in]"))
      part.hidden = !part.dataset.in.split(" ").includes(name);
    el("check").hidden = name != "cookies";
    el("options").hidden = !isInLine && name != "next";
    el("itself").hidden = false;
    el("ahead").textContent = people(view.ahead);
    el("wait").textContent = wait(wait_seconds);
    el("position").textContent = view.position == null ? "" : number(view.position);
    shortest = Math.min(shortest, wait_seconds?.high ?? Infinity);
    const isLonger = isInLine && wait_seconds?.high > shortest * 1.3 + 60;
    note("message", view.message);
    note("notice", trouble ? words.trouble : anew ? words.reset : isLonger ? words.longer : "");
    timed("held", words.held, view.claim_by, { timeStyle: "short" });
    timed("opens", words.opens, view.opens_at, { dateStyle: "medium", timeStyle: "short" });
    if (!trouble) timed("updated", words.updated, view.server_time, { timeStyle: "medium" });
    progress();
    announce(name, heading);
  };
  const note = (id, text) => {
    const part = el(id);
    part.hidden = !text;
    if (part.textContent == text) return;
    part.textContent = text;
    if (text) say(text);
  };

  // Screen readers hear of a new phase or note at once, of milestones at most once a minute.
  const MILESTONES = [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1];
  let milestone = MILESTONES.findLastIndex((n) => view.ahead <= n);
  let saidAt = 0;
  const say = (text) => {
    el("said").textContent = text;
    saidAt = Date.now();
  };
  const announce = (name, heading) => {
    const passed = MILESTONES.findLastIndex((n) => view.ahead <= n);
    if (name != shown) say(heading);
    else if (name == "waiting" && passed > milestone && Date.now() - saidAt > 60000)
      say(plural(words.ahead, { n: view.ahead }) + ". " + wait(view.wait_seconds));
    else return;
    if (name != shown && /next|turn|entering/.test(name)) signal(heading);
    shown = name;
    milestone = passed;
  };
  const countDown = () => {
    const left = Math.ceil(view.opens_at - now() / 1000);
    const isNear = phase() == "scheduled" && left > 0 && left < 86400;
    el("countdown").hidden = !isNear;
    if (!isNear) return;
    const two = (n) => String(Math.floor(n)).padStart(2, "0");
    el("countdown").textContent = `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
  };
  setInterval(countDown, 1000);

  // ---- signals, each only if the visitor asked for it

  let audio;
  const signal = (text) => {
    navigator.vibrate?.([200, 100, 200]);
    if (el("sound").checked) beep();
    try {
      if (el("notify").checked && document.hidden) new Notification(text, { tag: "vwr" });
    } catch {}
  };
  const beep = () => {
    audio ??= new AudioContext();
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.connect(volume).connect(audio.destination);
    volume.gain.setValueAtTime(0.3, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.8);
    tone.start();
    tone.stop(audio.currentTime + 0.8);
  };
  for (const id of ["sound", "notify", "ask"]) {
    el(id).checked = recall(id) == "1";
    el(id).onchange = ({ target }) => {
      remember(id, +target.checked);
      if (id == "sound" && target.checked) beep();
      if (id == "notify" && target.checked) self.Notification?.requestPermission();
    };
  }
  el("notify").parentNode.hidden = !self.Notification;

  // ---- asking: one loop, which nothing ends

  let clock, timer, due = 0, late = false, request, failures = 0, strange = 0, polls = 0;
  try {
    clock = new Worker(document.currentScript.src);
    clock.onmessage = () => tick();
  } catch {}
  const later = (seconds) => {
    const ms = seconds * 1000;
    due = Date.now() + ms;
    clearTimeout(timer);
    timer = setTimeout(tick, clock ? ms + 1000 : ms);
    clock?.postMessage(ms);
  };
  const jittered = (seconds) => seconds * (0.8 + 0.4 * Math.random());

  const call = async (path, method = "GET") => {
    const stop = (request = new AbortController());
    const limit = setTimeout(() => stop.abort(), 10000);
    try {
      const headers = { Accept: "application/json" };
      const answer = await fetch(base + path, { method, headers, signal: stop.signal });
      if (answer.status == 404) strange++;
      const data = await answer.json().catch((error) => {
        strange++;
        throw error;
      });
      if (answer.status >= 500 && data.you == null) throw data;
      return { status: answer.status, data };
    } finally {
      clearTimeout(limit);
    }
  };

  let asking = false, again = false;
  const tick = async () => {
    if (asking) return;
    asking = true;
    later(60);
    late = Date.now() - due > -55000;
    let seconds;
    try {
      seconds = await ask();
      failures = strange = 0;
    } catch (error) {
      failures++;
      trouble = failures > 1 || !navigator.onLine;
      // Where our own addresses lead to somebody else, only the page itself can be asked.
      if (strange > 3 && reload && !document.hidden) return location.reload();
      seconds = Math.min(60, Math.max(error.retry_after || 2, 2 ** failures));
      show();
    }
    asking = false;
    if (seconds) later(again ? 0 : jittered(seconds));
    again = false;
  };
  const wake = () => {
    if (document.hidden || view.you == "cookies") return;
    if (asking) {
      again = true;
      request?.abort();
    } else tick();
  };

  const ask = async () => {
    if (view.position == null || view.you == "reset") return join();
    if (view.watch == "status" && ++polls % 10) {
      const { data } = await call("/status");
      return heard(fromAfar(data));
    }
    const query = [view.you == "next" || view.you == "may_enter" ? "door=1" : "", document.hidden && late ? "hidden=1" : ""];
    const { data } = await call("/position?" + query.filter(Boolean).join("&"));
    if (data.you == "none" && data.store != "down" && !asked) data.you = "cookies";
    asked = data.store != "down" || asked;
    return heard(data);
  };
  const join = async () => {
    const { status, data } = await call("/tickets", "POST");
    data.full = status == 503 && data.state != "closed" && data.store != "down";
    anew ||= view.you == "reset";
    asked = false;
    return heard(data);
  };
  // Far back, everybody reads the same public numbers, and works out the rest.
  const fromAfar = (data) => {
    const moved = Math.max(0, data.serving - view.serving);
    const left = Math.max(0, view.ahead - moved);
    const share = view.ahead ? left / view.ahead : 1;
    const { low, high } = view.wait_seconds || {};
    const isNear = data.generation != view.generation || view.position <= data.horizon;
    return {
      ...view,
      ...data,
      ahead: left,
      wait_seconds: view.wait_seconds && { low: low * share, high: high * share },
      watch: isNear ? "position" : "status",
      retry_after: isNear ? data.poll?.near : data.poll?.far,
    };
  };

  const channel = self.BroadcastChannel && new BroadcastChannel("vwr:" + base);
  const heard = (data) => {
    trouble = data.store == "down";
    if (!trouble) {
      take(data);
      channel?.postMessage(view);
    }
    show();
    if (view.you == "cookies") return 0;
    if (data.may_enter) return enter();
    return /admitted|missed|ended|left/.test(view.you) ? 30 : data.retry_after || 10;
  };
  const take = (data) => {
    // Another worker may know less than the one that answered before.
    if (data.generation == view.generation && data.serving < view.serving)
      data = { ...data, serving: view.serving, ahead: Math.min(data.ahead, view.ahead) };
    view = { ...view, ...data };
    ahead = view.server_time * 1000 - Date.now();
  };
  if (channel)
    // Another tab has asked: this one listens, and asks only if that one falls silent.
    channel.onmessage = ({ data }) => {
      if (data.entered) return document.hidden || go();
      trouble = false;
      asked = true;
      take(data);
      show();
      if (!asking) later((data.retry_after || 10) * 1.3 + 3);
    };

  // ---- entering and leaving

  const enter = async (isSure = !el("ask").checked) => {
    // Coming back at once means that the browser did not keep the token: no endless reloading.
    if (!isSure || (isSure !== 1 && Date.now() - (recall("entered") || 0) < 20000)) return 2;
    view.you = "entering";
    show();
    const { status, data } = await call("/token?go=1", "POST");
    if (status != 200) return heard({ ...data, may_enter: false });
    channel?.postMessage({ entered: true });
    remember("entered", Date.now());
    setTimeout(go, el("sound").checked ? 900 : 0);
    return 15;
  };
  const go = () => (reload ? location.reload() : location.replace(next));
  const act = (id, kind, action) =>
    el(id).addEventListener(kind, (event) => {
      event.preventDefault();
      Promise.resolve(action(event)).then(
        (seconds) => seconds && later(seconds),
        () => {
          trouble = true;
          show();
        },
      );
    });
  act("enter", "click", () => enter(1));
  act("join", "submit", async () => {
    if (/missed|ended/.test(view.you)) await call("/leave", "POST");
    view.you = "none";
    return join();
  });
  act("leave", "submit", async () => {
    if (confirm(words.sure)) return heard((await call("/leave", "POST")).data);
  });
  act("language", "submit", ({ target }) => {
    document.cookie = `vwr_lang=${target.lang.value}; path=/; max-age=31536000; samesite=lax`;
    if (reload) location.reload();
    else target.submit();
  });

  addEventListener("online", wake);
  addEventListener("offline", () => {
    trouble = true;
    show();
  });
  addEventListener("pageshow", (event) => event.persisted && wake());
  document.addEventListener("visibilitychange", wake);
  show();
  later(1 + 2.3 * Math.random());
}
