// The waiting page's script: it asks where the visitor stands, shows it, and goes in when told.
// As a worker it is only a clock, since browsers slow down a hidden page's own timers.
"use strict";
if (self.document) waitingPage();
else {
  let timer;
  onmessage = ({ data }) => {
    clearTimeout(timer);
    timer = setTimeout(postMessage, data, 0);
  };
}

function waitingPage() {
  const el = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(el(id).textContent);
  const words = read("vwr-words");
  const main = el("vwr");
  const { base, extras } = main.dataset;
  const language = document.documentElement.lang;
  const rules = new Intl.PluralRules(language);
  let view = read("vwr-data");
  const { reload } = view;

  // Progress and the visitor's choices are remembered where the browser lets us.
  let memory = {};
  try {
    memory = localStorage;
  } catch {}

  // ---- numbers and durations in words, by the rules of wording.py

  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const plural = (forms, values) => {
    const samples = Object.keys(forms);
    const found = samples.find((n) => rules.select(n) == rules.select(values.n));
    return fill(forms[found ?? samples.at(-1)], values);
  };
  const number = (n) => `${n ?? ""}`.replace(/\B(?=(\d{3})+$)/g, words.separator);
  const people = (n) => {
    if (n == null) return words.unknown;
    if (n < 1000) return n;
    let step = 100;
    while (n >= step * 100) step *= 10;
    return fill(words.about, { n: number(Math.round(n / step) * step) });
  };
  const duration = (seconds) => {
    if (!seconds) return words.unknown;
    const { low, high } = seconds;
    if (high < 60) return words.soon;
    const isShort = high <= 5400;
    const unit = isShort ? 60 : 3600;
    const step = isShort && high > 600 ? 300 : unit;
    const least = Math.max(Math.floor(low / step) * step, unit) / unit;
    const n = Math.max((Math.ceil(high / step) * step) / unit, least);
    return plural(words[(isShort ? "minutes" : "hours") + (least < n ? "Range" : "")], { low: least, n });
  };

  // ---- showing

  // Whether the server has known our ticket; connection trouble; a new place after a reset.
  let known, trouble = view.store_down, anew = view.you == "reset";
  let shown = main.dataset.phase, level, saidAt = 0;

  const phase = () => {
    const { you, state, full } = view;
    if (/may|adm/.test(you)) return "turn";
    if (words.phases[you] && !/waiting|next/.test(you)) return you;
    if (state == "closed") return state;
    if (view.position == null) return full ? "full" : known ? "left" : "joining";
    return /paused|scheduled/.test(state) ? state : you == "next" ? you : "waiting";
  };
  const put = (id, text) => {
    if (el(id).textContent != text) el(id).textContent = text;
  };
  const note = (id, text) => {
    const isNews = text && el(id).textContent != text;
    el(id).hidden = !text;
    put(id, text);
    if (isNews) say(text);
  };
  const time = (id, seconds, style = { timeStyle: "medium" }) =>
    put(id, seconds ? fill(words[id], { time: new Date(seconds * 1000).toLocaleString(language, style) }) : "");
  const show = () => {
    const name = phase();
    const [heading, lead] = words.phases[name];
    const { ahead, wait_seconds } = view;
    const isInLine = /waiting|paused|scheduled/.test(name);
    document.title = `${isInLine && ahead ? `(${number(ahead)}) ` : ""}${heading} · ${el("site").textContent}`;
    put("heading", heading);
    put("lead", lead);
    main.dataset.phase = name;
    for (const part of document.querySelectorAll("[data-in]"))
      part.hidden = !part.dataset.in.split(" ").includes(name);
    el("check").hidden = name != "cookies";
    put("ahead", people(ahead));
    put("wait", duration(wait_seconds));
    put("position", number(view.position));
    time("held", view.claim_by);
    time("opens", view.opens_at, { dateStyle: "long", timeStyle: "short" });
    if (!trouble) time("updated", Date.now() / 1000);
    progress(view);
    note("message", view.message);
    const isLonger = isInLine && /slower|limit/.test(view.wait_reason);
    note("notice", trouble ? words.trouble : anew ? words.reset : isLonger ? words.longer : "");
    announce(name, heading);
  };
  const progress = ({ generation, position, ahead }) => {
    if (!generation || ahead == null) return;
    // From the first sight of this place on, whatever is loaded again; and never back.
    const key = [base, generation, position].join();
    let [place, start, best] = (memory.vwrProgress || "").split(" ");
    if (place != key) [start, best] = [ahead, 0];
    best = Math.max(best, +start ? 1 - ahead / start : 1);
    memory.vwrProgress = [key, start, best].join(" ");
    el("progress").value = best;
  };

  // Screen readers hear of a new phase or note at once, and of the number when it has halved, at
  // most once a minute.
  const say = (text) => {
    put("said", text);
    saidAt = Date.now();
  };
  const announce = (name, heading) => {
    const now = Math.log2(view.ahead + 1) | 0;
    if (name != shown) {
      say(heading);
      if (/next|turn/.test(name)) extra((more) => more.signal(heading));
    } else if (name == "waiting" && now < level && Date.now() - saidAt > 60000)
      say(el("numbers").innerText);
    else if (now < level) return;
    shown = name;
    level = now;
    if (name == "scheduled") extra((more) => more.countDown(view, phase), true);
  };

  // Sound, notification and countdown are loaded only for those who have a use for them.
  const extra = (use, isWanted = el("sound").checked || el("notify").checked) => {
    if (isWanted) import(extras).then(use, fail);
  };
  for (const id of ["sound", "notify", "ask"]) el(id).checked = memory["vwr-" + id];
  el("options").onchange = ({ target: { id, checked } }) => {
    memory["vwr-" + id] = checked ? 1 : "";
    if (checked) extra((more) => more.chosen(id));
  };

  // ---- asking: one loop, which nothing ends but blocked cookies

  let clock, timer, asking, failures = 0, polls = 0;
  try {
    clock = new Worker(document.currentScript.src);
    clock.onmessage = () => tick();
  } catch {}
  const later = (seconds) => {
    const ms = seconds * 1000;
    clearTimeout(timer);
    timer = setTimeout(tick, clock ? ms + 1000 : ms);
    clock?.postMessage(ms);
  };
  const call = async (path, method) => {
    const headers = { Accept: "application/json" };
    const answer = await fetch(base + path, { method, headers, signal: AbortSignal.timeout?.(1e4) });
    const data = await answer.json().catch(() => ({}));
    if (!data.state && !data.token) throw { ...data, isStrange: answer.status < 500 };
    return { ...data, status: answer.status };
  };
  const tick = async () => {
    if (asking || view.you == "cookies") return;
    asking = true;
    let seconds;
    try {
      seconds = await ask();
      failures = 0;
    } catch (error) {
      trouble = ++failures > 1;
      show();
      // Where our addresses lead to somebody else's pages, only the page itself can be asked.
      if (failures > 4 && error.isStrange && reload && !document.hidden) location.reload();
      seconds = Math.max(Math.min(60, 2 ** failures), error.retry_after || 0);
    }
    asking = false;
    later(seconds * (0.8 + 0.4 * Math.random()));
  };
  const wake = () => document.hidden || tick();
  const ask = async () => {
    if (/joining|full/.test(phase())) return join();
    if (view.watch == "status" && ++polls % 10) return heard(fromAfar(await call("/status")));
    const door = /next|ent/.test(view.you) ? "door=1&" : "";
    const data = await call(`/position?${door}${document.hidden && !clock ? "hidden=1" : ""}`);
    if (data.you == "reset") return join((anew = true));
    if (data.store != "down") {
      if (data.you == "none" && view.position != null && !known) data.you = "cookies";
      known = true;
    }
    return heard(data);
  };
  const join = async () => {
    known = false;
    const data = await call("/tickets", "POST");
    return heard({ ...data, full: data.status == 503 });
  };
  // Far back, everybody reads the same public numbers, and works out the rest.
  const fromAfar = (data) => {
    const ahead = Math.max(0, view.ahead - Math.max(0, data.serving - view.serving));
    const share = ahead / view.ahead;
    const wait = view.wait_seconds;
    const isNear = data.generation != view.generation || view.position <= data.horizon;
    return {
      ...data,
      ahead,
      wait_seconds: wait && { low: wait.low * share, high: wait.high * share },
      watch: isNear ? "position" : "status",
      retry_after: data.poll?.[isNear ? "near" : "far"],
    };
  };

  const channel = self.BroadcastChannel && new BroadcastChannel("vwr:" + base);
  const heard = (data) => {
    trouble = data.store == "down";
    if (!trouble) {
      take(data);
      channel?.postMessage(data);
    }
    show();
    if (data.may_enter) return enter();
    return Math.max(data.retry_after || 10, /admitted|missed|ended|left/.test(view.you) && 30);
  };
  const take = (data) => {
    // Another worker may know less than the one that answered before.
    if (data.generation == view.generation && data.serving < view.serving)
      data = { ...data, serving: view.serving, ahead: view.ahead };
    view = { ...view, ...data };
  };
  if (channel)
    channel.onmessage = ({ data }) => {
      if (data.entered) return document.hidden || go();
      // Another tab has asked. This one listens, and asks only if that one falls silent.
      known = !(trouble = false);
      take(data);
      show();
      if (!asking) later((data.retry_after || 10) * 1.3 + 3);
    };

  // ---- entering and leaving

  const enter = async (isAsked) => {
    // Back at once: the browser has not kept the token. No endless reloading then.
    if (!isAsked && (el("ask").checked || Date.now() - memory.vwrEntered < 20000)) return 2;
    view.you = "entering";
    show();
    const data = await call("/token?go=1", "POST");
    if (!data.token) return heard({ ...data, may_enter: false });
    memory.vwrEntered = Date.now();
    channel?.postMessage({ entered: true });
    setTimeout(go, 900 * el("sound").checked);
    return 15;
  };
  const go = () => (reload ? location.reload() : location.replace(el("enter").href));
  const fail = () => {
    trouble = true;
    show();
  };
  el("enter").onclick = (event) => {
    event.preventDefault();
    if (view.you == "admitted") go();
    else enter(true).then(later, fail);
  };
  // Joining anew, leaving and another language: forms that work without a script, too.
  document.onsubmit = (event) => {
    event.preventDefault();
    extra((more) => more.submitted(event.target, { call, heard, join, words, view, reload }).catch(fail), true);
  };

  addEventListener("online", wake);
  addEventListener("offline", fail);
  addEventListener("pageshow", ({ persisted }) => persisted && wake());
  document.addEventListener("visibilitychange", wake);
  el("options").disabled = el("itself").hidden = false;
  show();
  later(1 + 2.3 * Math.random());
}
