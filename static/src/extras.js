// What only some visitors of the waiting page need. It is loaded when they need it.
const el = (id) => document.getElementById(id) || document.createElement("i");
// The server puts in what this says in the page's language.
const texts = "TEXTS";
export const { phases, ahead } = texts;
const latin = "-u-nu-latn"; // the digits of all other numbers
const locales = () => {
  try {
    return Intl.getCanonicalLocales(navigator.language + latin);
  } catch {
    return [];
  }
};
// The visitor's own kind of the page's language, as in waiting.js.
const { lang } = document.documentElement; // before a translator changes it
const language = locales().find((one) => one.startsWith(lang)) || lang + latin;
// What older browsers lack says nothing.
const activation = navigator.userActivation || {};
const permission = () => (self.Notification || {}).permission;
const site = () => document.title.replace(/.*? · /, "");

// ---- sound and notification

export const chosen = async (box) => {
  refused.textContent = "";
  if (el("notify").parentElement) el("notify").parentElement.after(refused);
  const wanted = box.checked; // what came meanwhile may have drawn the box anew
  const done = wanted && (await works(box.id));
  if (done !== true) {
    box.checked = false;
    if (wanted && /notify|away/.test(box.id)) tellWhy(box, done);
  }
  keep(box);
  if (!box.checked && ends[box.id]) attempt(ends[box.id]);
};

// Read out, too: the box has only lost its tick. A question that was only put away may be asked
// again, and after a refusal the settings may be changed, so the box stays.
const refused = document.createElement("p");
refused.setAttribute("role", "status");
const tellWhy = (box, why) => {
  if (why) refused.textContent = why;
  else if (permission() == "denied" && isSecureContext) refused.textContent = texts.denied;
  // Allowed, and still not shown, as on Android; or never allowed to a page without https.
  else if (permission() != "default") box.parentElement.hidden = true;
};

const keep = ({ id, checked }) => attempt(() => (localStorage["vwr-" + id] = checked ? 1 : ""));

// ---- a screen that stays on, and word after the page was closed

// Browsers let the screen go dark again as soon as the page is hidden.
let lit;
const light = async () => {
  lit = await navigator.wakeLock.request("screen");
  return true;
};
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && el("awake").checked) light().catch(() => {});
});

const base = () => (el("leave").getAttribute("action") || "").replace(/\/leave\b.*/, "");
const away = () => import(el("away").dataset.script);
const subscribe = async () => {
  const { push } = el("away").dataset;
  // At once, since browsers ask only while a gesture counts.
  const may = push == null || !self.Notification ? "" : await Notification.requestPermission();
  const done = await (await away()).subscribe(base(), may == "granted");
  return may == "denied" ? done === true : done; // then that is what a person can change
};
// What is done for a box that was unticked.
const ends = {
  awake: () => lit && lit.release(),
  away: async () => (await away()).forget(base()),
};

// A box stays ticked only for what this browser is able and allowed to do.
const works = async (id) => {
  try {
    if (id == "sound") {
      const isLate = !activation.isActive;
      beep();
      if (!isLate) return true;
      // Safari plays nothing if this script came so late that the gesture is over. The next one
      // works, so the box asks for it.
      await Promise.race([audio.resume(), new Promise((done) => setTimeout(done, 2000))]);
      return audio.state == "running";
    }
    if (id == "awake") return await light();
    if (id == "away") return await subscribe();
    if (id == "notify") {
      if ((await Notification.requestPermission()) != "granted") return false;
      const sample = tell(document.title); // on Android it throws: there only service workers may
      setTimeout(() => sample.close(), 1000); // Chromium closes only what stands there already
    }
    return true;
  } catch {
    return false;
  }
};

// Boxes that were ticked before: a permission may be gone, and sound can begin only with a gesture.
const recall = () => {
  // Not the box that was ticked just now, for which this script was loaded.
  const wasTicked = attempt(() => localStorage["vwr-notify"]);
  if (wasTicked && permission() != "granted") {
    el("notify").checked = false;
    keep(el("notify"));
  }
  // These do not outlast the page, or the place.
  for (const id of ["awake", "away"]) {
    const before = attempt(() => localStorage["vwr-" + id]);
    if (before && el(id).checked) chosen(el(id));
  }
  const gestures = ["pointerup", "keydown"];
  const wakeSound = () => {
    for (const gesture of gestures) removeEventListener(gesture, wakeSound);
    if (el("sound").checked) attempt(() => (audio = audio || new AudioContext()).resume());
  };
  for (const gesture of gestures) addEventListener(gesture, wakeSound);
};

export const signal = (text) => {
  if (activation.hasBeenActive && navigator.vibrate) navigator.vibrate([200, 100, 200]);
  if (el("notify").checked && document.hidden) attempt(() => tell(text));
  if (el("sound").checked) attempt(beep);
};

const attempt = (act) => {
  try {
    return act();
  } catch {
    // Then it is not kept, or not played: the page says all that matters by itself.
  }
};

// Of several tabs one stays. It takes the place of an older one, and must not do that in silence.
const tell = (text) => new Notification(text, { body: site(), tag: "vwr", renotify: true });

let audio;
const beep = () => {
  audio = audio || new AudioContext();
  audio.resume();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.connect(volume).connect(audio.destination);
  volume.gain.setValueAtTime(0.3, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.8);
  tone.start();
  tone.stop(audio.currentTime + 0.8);
};

// ---- the operator's message in full

// The page brings it. Another one is asked for, in the page's language.
export const announced = async ({ message_id }, base, put, say) => {
  const box = el("message");
  // What stands there, as the page's script remembers it, which may put plain words in its place.
  const before = put.message || (box.firstElementChild || box).dataset.id;
  if (!put.message) localTime(box);
  put.message = message_id; // at once, or each answer meanwhile would ask for it
  if (message_id == before) return;
  try {
    const told = await (await fetch(`${base}/message/${lang}`)).json();
    if (told.message) putMessage(box, told, say);
  } catch {
    put.message = before; // the next answer asks again
  }
};
const putMessage = (box, told, say) => {
  const text = document.createElement("span");
  text.lang = told.language;
  text.dir = told.direction;
  text.className = told.severity;
  if (told.at != null) {
    const time = document.createElement("time");
    time.dateTime = new Date(told.at * 1000).toISOString();
    time.dir = "auto"; // of the page's language, it must not decide the message's direction
    text.append(time, " ");
  }
  for (const part of told.parts) text.append(part.href ? linkTo(part) : part.text);
  localTime(text);
  // What is urgent is spoken at once, all else in the next pause.
  const isUrgent = told.severity == "urgent";
  if (isUrgent) text.setAttribute("role", "alert");
  box.hidden = false;
  box.textContent = "";
  box.append(text);
  if (!isUrgent) say(text.textContent);
};
const linkTo = ({ text, href }) => {
  const link = document.createElement("a");
  link.textContent = text;
  // Whoever has answered: it leads to this site, in a tab of its own, since this page waits.
  if (new URL(href, location).origin == location.origin) link.href = href;
  link.target = "_blank";
  return link;
};
const localTime = (box) => {
  const style = { hour: "numeric", minute: "2-digit" };
  for (const time of box.querySelectorAll("time"))
    time.textContent = new Date(time.dateTime).toLocaleTimeString(language, style);
};

// ---- whether something will be left

// Far back, what is left reaches up to so many positions: one for each tenth. Another word than
// before is said to those who read by ear, once a minute at most.
let wordTold, wordAt = 0;
export const odds = ({ odds, position }, say) => {
  const tenths = odds.reach ? odds.reach.filter((last) => last >= position).length : 10 * odds.chance;
  const n = Math.round(tenths);
  const word = n > 9 ? "yes" : n > 6 ? "likely" : n > 3 ? "maybe" : n > 0 ? "unlikely" : "hardly";
  // Only what is said of all is said in a word.
  const isOfAll = /^(no|spoken_for)$/.test(odds.likely);
  const name = isOfAll ? odds.likely : word;
  const text = texts.odds[name].replace("{n}", n);
  if (wordTold && wordTold != name) {
    if (Date.now() - wordAt < 60000) return text;
    say(text);
    wordAt = Date.now();
  }
  wordTold = name;
  return text;
};

// ---- the time until the room opens, and for which a turn is held

let lastText, lastAnswer, end, counting, beeped;
const OPENING = /scheduled|registered|early/;
// Says whether the page can tell by now why its line has ended, and could not before.
export const countDown = (view, phase, page = {}) => {
  const isNews = view.anew == "over" && !page.over;
  page.over = texts.over;
  count(view, phase);
  return isNews;
};
const count = (view, phase) => {
  const { opens_at, claim_by, server_time, draw_from, registered, opening, joins_from } = view;
  const isEarly = phase() == "early";
  // Closed between two openings, until people may join for the next.
  const isBetween = joins_from && /closed|shut/.test(phase());
  const isOpening = isBetween || OPENING.test(phase());
  const opens = isEarly ? draw_from : opens_at;
  const words = isEarly ? texts.registers : opening > 1 ? texts.reopens : texts.opens;
  if (isOpening) tellOpening(opens, words, phase());
  if (registered != null) tellRegistered(registered);
  const at = isOpening ? opens : claim_by;
  // Once for each answer: if the page is shown again without a new one, the count must go on.
  const answer = `${[at, server_time]}`;
  if (answer != lastAnswer) end = at ? Date.now() + (at - server_time) * 1000 : 0;
  lastAnswer = answer;
  const timer = el("countdown");
  timer.setAttribute("aria-labelledby", isOpening ? "opens" : "held");
  timer.style.fontVariant = "tabular-nums"; // or the digits jump to and fro
  const show = () => {
    const name = phase();
    const left = Math.ceil((end - Date.now()) / 1000);
    const isOn = left > 0 && (isBetween ? /closed|shut/ : isOpening ? OPENING : /next|turn/).test(name);
    timer.hidden = !isOn;
    timer.textContent = isOn ? (isOpening || left >= 3600 ? untilOpening : untilOver)(left) : "";
    stress(name == "turn", left);
    if (!isOn && name != "turn") clearInterval(counting);
  };
  clearInterval(counting);
  counting = setInterval(show, 1000);
  show();
};

const two = (n) => String(Math.floor(n)).padStart(2, "0");
const untilOver = (left) => `${Math.floor(left / 60)}:${two(left % 60)}`;
const untilOpening = (left) => {
  const days = Math.floor(left / 86400);
  // From two days on nobody counts seconds.
  const inDays = () => new Intl.RelativeTimeFormat(language).format(days, "day");
  return (days > 1 && attempt(inDays)) || `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
};

// With its digits in groups, as the server writes them.
const tellRegistered = (n) => {
  const text = `${n}`.replace(/\B(?=(\d{3})+$)/g, texts.separator);
  if (el("registered").textContent != text) el("registered").textContent = text;
};

const tellOpening = (opens_at, words, name) => {
  const style = { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  const text = opens_at ? words.replace("{time}", new Date(opens_at * 1000).toLocaleString(language, style)) : "";
  // As in waiting.js: what stands there may be a translation that the browser has made.
  if (text != lastText) el("opens").textContent = lastText = text;
  if (opens_at && el("opens").parentElement && !document.getElementById("calendar")) {
    const link = document.createElement("a");
    Object.assign(link, { id: "calendar", textContent: texts.calendar });
    link.href = el("leave").action.replace("/leave?", `/opening/${lang}.ics?`);
    el("opens").after(link);
  }
  // Told in this phase: in others the time may be another one, or none.
  for (const part of [el("opens"), el("calendar")]) {
    part.dataset.in = name;
    part.hidden = false;
  }
};

// A turn that waits for the button is seen in the tab and, for those who chose so, heard again and
// again while it is held.
const icon = document.querySelector("link[rel=icon]") || {};
const { href } = icon;
const MARK = "\u25cf ";
const stress = (isTurn, left) => {
  const wanted = isTurn ? new URL(texts.icon, import.meta.url).href : href;
  if (icon.href != wanted) icon.href = wanted;
  const title = document.title.replace(MARK, "");
  // It blinks where nobody looks.
  const isMarked = isTurn && !(document.hidden && document.title != title);
  document.title = isMarked ? MARK + title : title;
  // The first time it was heard when the turn came.
  if (!isTurn || !beeped) beeped = isTurn && Date.now();
  else if (el("sound").checked && left > 0 && Date.now() - beeped > 4900) {
    beeped = Date.now();
    attempt(beep);
  }
};

// ---- forms

// One at a time: a double click would take two places, and the later one would be kept.
let isBusy;
// In one list: the page's script may be of another release, which hands them over so.
export const submitted = async (form, tools) => {
  if (isBusy) return;
  isBusy = true;
  try {
    await act(form, tools);
  } finally {
    isBusy = false;
  }
};
const act = async (form, [call, heard, join, later, , view]) => {
  if (form.id == "language") {
    const wish = `vwr_lang=${form.lang.value}`;
    document.cookie = `${wish};path=/;max-age=31536000;samesite=lax`;
    // A reload keeps the fragment of the wanted address; without this cookie, which no browser
    // keeps in a frame of another site, it keeps the language, too. The form's cookie may be kept
    // there, and stand beside this one elsewhere.
    const kept = new Set(document.cookie.match(/\bvwr_lang=[^;]*/g));
    if (view.reload && view.you != "cookies" && kept.size == 1 && kept.has(wish)) location.reload();
    else form.submit();
  } else if (form.id == "join") {
    // A poll between leaving and joining would bring no cookie, and they would look blocked.
    later(30);
    // Back in the network of the session, nobody needs a new place.
    const now = view.you == "locked" && (await call("/position"));
    if (now && !/locked|ended/.test(now.you)) return later(await heard(now));
    if (/missed|ended/.test(view.you)) await call("/leave", "POST");
    later(await join(false));
    look();
  } else if (confirm(texts.sure)) {
    later(await heard({ ...(await call("/leave", "POST")), position: null }));
    look();
  }
};
// The button that was pressed is not there any more. Whoever reads by ear or by key goes on from
// the heading, which says what has become of it.
const look = () => {
  el("heading").tabIndex = -1;
  el("heading").focus();
};

// The answer to a form, loaded again, would send the form once more: browsers ask about that, and
// show no line, also where they bring back a tab that they had put away or lost. Our own address
// says the same, and can be loaded.
const settle = () => {
  const again = el("check").href;
  if (again && el("language").stopped) history.replaceState(null, "", again);
};

recall();
settle();
