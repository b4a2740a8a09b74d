// The waiting page's script: it asks where the visitor stands, shows it, and goes in when told.
if (self.document) {
  // A user's own template may lack any part. What is put into a missing one is not seen, and a
  // missing link leads to the page's own address.
  const el = (id) => document.getElementById(id) || document.createElement("a");
  // What the page says in its language; and where the visitor stands, as the page was made and as
  // the answers since have told.
  let [words, view] = JSON.parse(el("vwr-data").textContent);
  const { base } = words;
  // The visitor's own kind of the page's language, whose dates and times differ.
  const { lang } = document.documentElement;

  // What a browser may refuse, since it blocks cookies or its storage is full, or lack, since it is
  // old: this script is read by those of 2019.
  const ifAllowed = (make) => {
    try {
      return make();
    } catch {}
  };
  // Whoever may name any language may name one that does not exist. In the digits of all other numbers.
  const latin = "-u-nu-latn";
  const language =
    ifAllowed(() => Intl.getCanonicalLocales(navigator.language + latin).find((one) => one.startsWith(lang))) ||
    lang + latin;
  // Where no rules are known, each number is a category of its own.
  const category = (n) => ifAllowed(() => new Intl.PluralRules(language).select(n)) || n;
  // Progress and the visitor's choices are remembered where the browser lets us.
  const memory = ifAllowed(() => localStorage) || {};
  const channel = ifAllowed(() => new BroadcastChannel("vwr:" + base)) || {};
  const clock = ifAllowed(() => new Worker(document.currentScript.src)) || {};

  // ---- numbers and durations in words, by the rules of wording.py

  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const number = (n) => `${[n]}`.replace(/\B(?=(\d{3})+$)/g, words.separator);
  // The form whose sample is in the plural category of n; the last one where none is. In Hebrew
  // browsers of before 2023 call the tens "many", which have no form of their own.
  const counted = (forms, n, values) => {
    let form;
    for (const sample in forms) {
      form = forms[sample];
      if (category(sample) == category(n)) break;
    }
    return fill(form, { n: number(n), ...values });
  };
  const duration = (seconds) => {
    if (!seconds) return words.unknown;
    const { low, high } = seconds;
    if (high < 60) return words.soon;
    const isLong = low >= 3600;
    const unit = isLong ? 3600 : 60;
    const step = isLong || high <= 600 ? 1 : 5;
    const least = Math.floor(low / unit / step) * step || 1;
    const n = Math.ceil(high / unit / step) * step;
    return counted(words.spans[2 * isLong + (least < n)], n, { low: least });
  };
  // The same by the clock, rounded outwards.
  const clockTime = { hour: "numeric", minute: "2-digit" };
  const byClock = ({ low, high } = {}) => {
    if (!(high >= 60)) return;
    const step = high > 3600 ? 3e5 : 6e4;
    const [from, to] = [
      Math.floor((Date.now() + low * 1000) / step) * step,
      Math.ceil((Date.now() + high * 1000) / step) * step,
    ];
    const format = new Intl.DateTimeFormat(language, {
      ...clockTime,
      weekday: high > 43200 ? "short" : undefined,
    });
    // The shorter of the two: browsers name what both times share once, and some languages an hour.
    // Without spaces around the dash an American one has one line on a phone.
    const each = [from, to].map(format.format).join("–");
    const both = ifAllowed(() => format.formatRange(from, to).replace(/ – /, "–")) || each;
    return both.length < each.length ? both : each;
  };

  // ---- showing

  // Those who have no place any more, or need none: missed, moved, ended, locked, admitted, left; and
  // those whose line was interrupted, until it is back.
  const isOut = () => /ed$|left/.test(view.you);
  // No answer comes, or none from the store.
  let trouble = view.store_down;
  // Whether the server has received a ticket of ours. If so, who has no place has lost it; if not,
  // cookies may be blocked. Without a store, it tells a place only if a ticket came.
  let cookiesWork = isOut() || (trouble && view.position);

  // The same rule as in view.py.
  const phase = () => {
    const { you, state } = view;
    // Whoever is in line reads what the whole room reads. Others have a phase of their own: cookies,
    // entering, left, missed, moved, ended, locked, interrupted.
    if (/^coo|^[ei]nt|left|[^t]ed$/.test(you)) return you;
    if (state == "off" || /may_enter|admitted/.test(you)) return "turn";
    if (state == "closed") return view.position ? "shut" : state;
    if (!view.position) return /early/.test(view.draw) ? view.draw : view.full ? "full" : cookiesWork ? "left" : "joining";
    return /paused|scheduled/.test(state) ? (/reg/.test(view.draw) ? "registered" : state) : you == "next" ? you : "waiting";
  };

  // Gives the text if it is a new one. What was put is remembered, for what stands there may be a
  // translation that the browser has made of it.
  const texts = {};
  const put = (id, text) => {
    const before = texts[id] || el(id).textContent;
    texts[id] = text = text || "";
    if (text != before) return (el(id).textContent = text);
  };
  const note = (id, text) => {
    el(id).hidden = !text;
    if (put(id, text)) say(text);
  };
  const time = (id, ms) =>
    put(id, ms && fill(words[id], { time: new Date(ms).toLocaleTimeString(language) }));
  const show = () => {
    const name = phase();
    // What few read comes with all else that only some need.
    if (!words.phases[name])
      return extra(({ phases }) => {
        words.phases = { ...phases, ...words.phases };
        if (words.phases[name]) show();
      });
    const [heading, lead] = words.phases[name];
    const { anew } = view;
    // Or in none, since it ended with its opening, and nobody may join for the next one yet.
    const isInLine = /waiting|paused|scheduled|reg|(cl|ea|fu).*over/.test(name + anew);
    const before = isInLine && view.ahead ? `(${number(view.ahead)}) ` : "";
    document.title = document.title.replace(/(.*? · )?/, before + heading + " · ");
    put("heading", heading);
    put("lead", lead);
    document.body.className = name.replace("entering", "turn"); // it looks the same
    for (const part of document.querySelectorAll("[data-in]"))
      part.hidden = !part.dataset.in.includes(name); // no name is part of another
    // Whoever reads by ear or by key goes on from the heading, if what had the focus is gone.
    if (document.activeElement.closest("[hidden]")) el("heading").focus();
    put("ahead", view.ahead == null ? words.unknown : number(view.ahead));
    el("when").dataset.n = view.ahead;
    // The page itself has told it before the first answer does.
    if ("behind" in view) {
      put("behind", view.behind && number(view.behind));
      ifAllowed(() => (el("behind").parentNode.dataset.n = texts.behind));
    }
    // When: by the clock, in so many minutes; or while nobody knows, how fast the line moves.
    put("clock", name == "waiting" && byClock(view.wait_seconds || {}));
    put("wait", duration(view.wait_seconds));
    // Its words come with all else that only some need.
    el("odds").hidden = !view.odds;
    if (view.odds) extra((more) => put("odds", more.odds(view, say)));
    const { went_in_lately } = view;
    put("pace", !view.wait_seconds && went_in_lately && counted(words.lately, went_in_lately));
    put("position", number(view.position));
    if (view.position) put("number", number((el("place").dataset.n = view.position))); // it is told when the place is over
    put("serving", number(view.serving));
    put("waiting", number(view.waiting)); // where a user's own template has it
    time("held", view.claim_by * 1000);
    if (!trouble) time("updated", Date.now());
    progress();
    // What was said may not be so any more, and the same text put again would not be heard.
    if (Date.now() - saidAt > 20000) put("said");
    spoken = "";
    // It is loaded with each answer until that works: a lost one is no trouble to tell of each time.
    // It brings the words for a line that ended with its opening, too.
    if (/sch|reg|early|next|turn|over/.test(name + anew) || view.joins_from)
      extra((more) => more.countDown(view, phase, words) && show());
    announce(name, heading);
    const plainly = () => note("message", view.message);
    // With links, a time, or in another language than the plain words.
    if (view.message_id) extra((more) => more.announced(view, base, texts, say), plainly);
    else plainly();
    note(
      "notice",
      trouble
        ? words.trouble[view.position ? 0 : 1]
        : isInLine && // slower, limit
            (words[anew] || (/^[sl]/.test(view.wait_reason) && words.longer)),
    );
  };
  const progress = () => {
    if (view.ahead == null) return;
    // Counted from where this place was first shown, even if the page is reloaded; never back.
    const key = `${[view.generation, view.position]}`;
    let [place, start, best, joined] = `${memory["vwr-at" + base]}`.split(" ");
    if (place != key) {
      start = view.ahead;
      best = 0;
      joined = Date.now();
    }
    best = Math.max(1 - (view.ahead / start || 0), best); // first in line: 0 / 0
    ifAllowed(() => (memory["vwr-at" + base] = [key, start, best, joined].join(" ")));
    // What is forgotten with the page tells nothing.
    put("joined", memory.clear && joined && fill(words.joined, { time: new Date(+joined).toLocaleTimeString(language, clockTime) }));
    el("progress").value = best;
    ifAllowed(() => el("track").style.setProperty("--at", best));
  };

  // Screen readers are told a new phase or note at once, and how many are ahead when these are half
  // as many, at most once a minute. What must be said at the same time is said together.
  let shown = phase(), level, spoken, hush, saidAt = 0;
  const say = (text) => {
    put("said", (spoken += text + " "));
    saidAt = Date.now();
    // It is not to be read once more, when it may not be so any more.
    clearTimeout(hush);
    hush = setTimeout(put, 3000, "said");
  };
  const announce = (name, heading) => {
    const { ahead } = view;
    if (name != shown) {
      say(heading);
      if (name == "turn") el("enter").focus();
      if (/turn|next/.test(name) && (el("sound").checked || el("notify").checked))
        extra((more) => more.signal(heading), fail);
    } else if (ahead < level) {
      // Told later, if it is too early.
      if (ahead > level / 2 || Date.now() - saidAt < 60000) return;
      extra((more) => more.ahead && ahead && say(counted(more.ahead, ahead)));
    }
    level = ahead;
    shown = name;
  };

  // Sound, notification, countdown and an address for the answer to a form are loaded only for those
  // who have a use for them.
  const extra = (use, lost) =>
    import(words.extras)
      .then(use, () => {
        // Most browsers never ask again for a script that was lost, unless by another address.
        words.extras += "?";
        if (lost) lost();
      })
      .catch(fail);
  for (const id of ["sound", "notify", "away", "ask", "awake"]) el(id).checked = memory["vwr-" + id];
  // What is ticked in one tab holds in all: any of them may be the one that goes in.
  onstorage = (event) => (el(`${[event.key]}`.slice(4)).checked = memory[event.key]);
  el("options").onchange = (event) => extra((more) => more.chosen(event.target), fail);

  // ---- asking: one loop, which only blocked cookies end

  // What is asked, and where it leads: `tick` asks at its time, `ask` or `join` sends the question,
  // `heard` takes the answer and says in how many seconds to ask again, or goes in.
  let timer, asking, isIn, heldUntil, failures = 0, polls = 0;
  const later = (seconds) => {
    // An answer may be somebody else's: `seconds` may be no number, or too large for a timer.
    const ms = Math.min(seconds, 3600) * 1000 || 1e4;
    clearTimeout(timer);
    // The page's own timer comes a second after the clock, in case that is blocked or was stopped.
    timer = setTimeout(tick, ms + 1000 * !!clock.postMessage);
    ifAllowed(() => clock.postMessage(ms));
  };
  const call = async (path, method) => {
    const answer = await fetch(base + path, {
      method,
      signal: ifAllowed(() => AbortSignal.timeout(1e4)),
    });
    const data = await answer.json().catch(() => 0);
    if (data.state || data.token) return { ...data, full: answer.status == 503 };
    // Whoever would join must go somewhere first, as the page itself says when it is loaded again.
    if (data.challenge) go();
    throw { ...data, status: answer.status };
  };
  // Only the page's own timer, which is slow while the page is hidden, brings no event.
  const tick = async (event) => {
    if (asking || view.you == "cookies") return;
    asking = true;
    let seconds;
    try {
      seconds = await ask(event);
      failures = 0;
    } catch (error) {
      // Near the front more often, as a turn may come meanwhile.
      seconds = Math.max(Math.min(2 ** ++failures, view.watch == "status" ? 60 : 15), error.retry_after || 0);
      if (failures > 1) fail();
      // Our addresses may lead to somebody else's pages: then only the page itself can be asked. Not
      // by 429: who refuses the one would refuse the other, and nothing would ask any more.
      if (failures > 4 && error.status < 429 && view.reload && !document.hidden) go();
    } finally {
      asking = false;
      later(seconds * (0.8 + 0.4 * Math.random()));
    }
  };
  const ask = async (event) => {
    if (/joining|full|early/.test(shown)) return join();
    if (view.watch == "status" && ++polls % 10) {
      const data = await call("/status");
      // After a reset the public numbers say nothing of this place.
      if (data.generation == view.generation) return heard(fromAfar(data));
    }
    const data = await call(
      "/position?" +
        // After a sleep no slot is held for us any more: then we come to the door anew.
        (/next|enter/.test(view.you) && Date.now() < heldUntil ? "door=1&" : "") +
        (document.hidden && !event ? "hidden=1" : ""),
    );
    if (data.you == "none" && view.position && !cookiesWork) data.you = "cookies";
    return heard(data);
  };
  const join = async (anew = view.anew) => {
    cookiesWork = false;
    return heard({ ...(await call("/tickets", "POST")), anew });
  };
  // Far back, everybody reads the same public numbers, and works out the rest.
  const fromAfar = (data) => {
    const ahead = Math.max(0, view.ahead + view.serving - data.serving);
    const share = ahead / view.ahead;
    const wait = view.wait_seconds;
    const beyond = view.position - data.horizon;
    return {
      ...data,
      ahead,
      odds: data.stock,
      wait_seconds: wait && { low: wait.low * share, high: wait.high * share },
      watch: beyond > 0 ? "status" : "position",
      retry_after: beyond > 0 ? data.poll.far + beyond * data.poll.each : data.poll.near,
    };
  };

  const heard = (data) => {
    // Who is out of the line joins the new one after a reset only by the button, too.
    if (data.you == "reset") return isOut() ? 30 : join(data.why || data.you);
    trouble = data.store == "down";
    if (!trouble) {
      heldUntil = Date.now() + 2000 * data.retry_after + 2000;
      take(data);
      ifAllowed(() => channel.postMessage(data));
    }
    show();
    // In a room that is off everybody passes, those in line too.
    if (data.may_enter || (data.state == "off" && shown == "turn")) return enter();
    return Math.max(data.retry_after || 10, isOut() ? 30 : 0);
  };
  const take = (data) => {
    const { serving, ahead, wait_seconds } = view;
    // Another worker may know less than the one that answered before: its numbers are older. But if
    // we had no place before, the room was lost and has come back, and they count.
    const isOld = data.generation == view.generation && data.serving < serving && view.position;
    view = { ...view, ...data, ...(isOld && { serving, ahead, wait_seconds }) };
    // The answer to a join proves nothing: the cookie may be blocked.
    cookiesWork = isOut() || cookiesWork || (data.position && !data.ticket);
  };
  channel.onmessage = ({ data }) => {
    // Another tab has gone in: this one follows when it is looked at.
    if (data.entered) isIn = true;
    if (isIn) return wake();
    // Another tab has asked. This one listens, and asks only if that one falls silent.
    trouble = false;
    take(data);
    show();
    if (!asking) later(data.retry_after * 1.3 + 3);
  };

  // ---- entering and leaving

  const enter = async (isAsked) => {
    // Back at once, the browser has not kept the token. Do not reload for ever.
    const isBack = Math.abs(Date.now() - memory["vwr-in" + base]) < 20000;
    if (!isAsked && (isBack || el("ask").checked)) return 2;
    view.you = "entering";
    show();
    if (view.state != "off") {
      const data = await call("/token?go=1", "POST");
      if (!data.token) return heard({ ...data, may_enter: false });
    }
    ifAllowed(() => (memory["vwr-in" + base] = Date.now()));
    ifAllowed(() => channel.postMessage({ entered: 1 }));
    setTimeout(go, 900 * el("sound").checked);
    return 15;
  };
  const go = () => (view.reload ? location.reload() : location.replace(el("enter").href));
  // Once: to show may fail itself, by a script that is lost.
  const fail = () => {
    if (!trouble) show((trouble = 1));
  };
  el("enter").onclick = (event) => {
    event.preventDefault();
    if (view.you == "admitted") go();
    else enter(true).then(later, fail);
  };
  // Joining anew, leaving and another language: forms that work without a script, too.
  for (const id of ["join", "leave", "language"]) {
    const form = el(id);
    form.onsubmit = (event) => {
      event.preventDefault();
      extra(
        (more) => more.submitted(form, [call, heard, join, later, words, view]),
        () => form.submit(),
      );
    };
  }

  const wake = (document.onvisibilitychange = () => {
    if (!document.hidden) isIn ? go() : ononline();
  });
  ononline = (event) => {
    // The first question may be too early, before a phone's connection carries anything.
    failures = 0;
    tick(event);
  };
  onoffline = fail;
  onpageshow = (event) => event.persisted && wake();
  clock.onmessage = tick;
  el("itself").hidden = false;
  el("resume").href += encodeURIComponent(location.hash);
  // No box for what this browser does not offer.
  for (const box of document.querySelectorAll("[data-needs]"))
    box.parentNode.hidden = !(self[box.dataset.needs] || navigator[box.dataset.needs]);
  later(1 + 2.3 * Math.random());
  show();
  // What was ticked before is looked at, and the address of the answer to a form is changed.
  if (view.stopped || document.querySelector("#options :checked:not(#ask)")) extra();
} else {
  // As a worker it is only a clock, since browsers slow down a hidden page's own timers.
  let timer;
  onmessage = ({ data }) => {
    clearTimeout(timer);
    timer = setTimeout(postMessage, data, 0);
  };
}
