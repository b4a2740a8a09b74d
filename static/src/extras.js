// What only some visitors of the waiting page need. It is loaded when they need it.
const el = (id) => document.getElementById(id) || document.createElement("i");
// The server puts in what this says in the page's language.
const texts = "TEXTS";
export const { phases } = texts;
const locales = () => {
  try {
    return Intl.getCanonicalLocales(navigator.language);
  } catch {
    return [];
  }
};
// The visitor's own kind of the page's language, as in waiting.js.
const { lang } = document.documentElement; // before a translator changes it
const language = locales().find((one) => one.startsWith(lang)) || lang;
// What older browsers lack says nothing.
const activation = navigator.userActivation || {};
const permission = () => (self.Notification || {}).permission;
const site = () => document.title.replace(/.*? · /, "");

// ---- sound and notification

export const chosen = async (box) => {
  refused.textContent = "";
  if (box.checked && !(await works(box.id))) {
    box.checked = false;
    if (box.id == "notify") tellWhy(box);
  }
  keep(box);
};

// Read out, too: the box has only lost its tick. A question that was only put away may be asked
// again, and after a refusal the settings may be changed, so the box stays.
const refused = document.createElement("p");
refused.setAttribute("role", "status");
if (el("notify").parentElement) el("notify").parentElement.after(refused);
const tellWhy = (box) => {
  if (permission() == "denied" && isSecureContext) refused.textContent = texts.denied;
  // Allowed, and still not shown, as on Android; or never allowed to a page without https.
  else if (permission() != "default") box.parentElement.hidden = true;
};

const keep = ({ id, checked }) => attempt(() => (localStorage["vwr-" + id] = checked ? 1 : ""));

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

// ---- the time until the room opens

let lastText, lastAnswer, opening, counting;
export const countDown = ({ opens_at, server_time }, phase) => {
  const style = { dateStyle: "long", timeStyle: "short" };
  const at = new Date(opens_at * 1000).toLocaleString(language, style);
  const text = opens_at ? texts.opens.replace("{time}", at) : "";
  // As in waiting.js: what stands there may be a translation that the browser has made.
  if (text != lastText) el("opens").textContent = lastText = text;
  // Once for each answer: if the page is shown again without a new one, the count must go on.
  const answer = `${[opens_at, server_time]}`;
  if (answer != lastAnswer) opening = Date.now() + (opens_at - server_time) * 1000;
  lastAnswer = answer;
  const timer = el("countdown");
  timer.style.fontVariant = "tabular-nums"; // or the digits jump to and fro
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const show = () => {
    const left = Math.ceil((opening - Date.now()) / 1000);
    const isNear = phase() == "scheduled" && left > 0 && left < 86400;
    const time = `${two(left / 3600)}:${two((left / 60) % 60)}:${two(left % 60)}`;
    timer.hidden = !isNear;
    timer.textContent = isNear ? time : "";
    if (!isNear) clearInterval(counting);
  };
  clearInterval(counting);
  counting = setInterval(show, 1000);
  show();
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
