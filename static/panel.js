// Keeps the panel's numbers up to date, asks before a change, and says what came of it.
"use strict";

const texts = JSON.parse(document.body.dataset.texts); // in the operator's language
const told = (name, values = {}) => texts[name].replace(/{(\w+)}/g, (_, key) => values[key]);
// Of this language, as the browser's own settings write times, in the digits of all other numbers.
const language = document.documentElement.lang;
const locale = (navigator.languages.find((one) => one.split("-")[0] === language.split("-")[0]) || language) + "-u-nu-latn";

let failed = null; // the first try in vain, by the page's clock and by the device's, which may be set back
// A phone without a network gets no error: a request would wait for minutes.
const patience = (seconds) => AbortSignal.timeout?.(1000 * seconds);

let changes = 0; // that this page has made
const due = new Map(); // when a part is read anew, by its id

// Every part with data-live is read anew from this page (or from the address it names) and swapped.
async function refresh(parts, changesBefore) {
  // The room's address, and not this page's own, which may be that of a form.
  const here = document.getElementById("main").dataset.here;
  const addresses = new Map();
  for (const part of parts) {
    const name = part.dataset.live;
    const address = here + (name ? "/" + name : "");
    addresses.set(address, [...(addresses.get(address) || []), part]);
  }
  for (const [address, those] of addresses) {
    const page = await read(address);
    const rooms = page.getElementById("rooms");
    if (rooms) haveRooms(rooms);
    // What stands before the app may answer with a page of its own.
    if (!those.every((part) => sameIn(page, part) || !part.isConnected)) throw new Error("not the panel");
    // What was asked for before a change is not shown after it.
    if (changes === changesBefore) those.forEach((part) => part.isConnected && swap(part, sameIn(page, part)));
  }
}

const signedOut = new Error("signed out");

async function read(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: patience(5) });
  // By a password of the panel, by the app's own login, or by one before the app, which leads to its page.
  if (answer.redirected || answer.status === 401 || answer.status === 403) throw signedOut;
  if (!answer.ok) throw new Error("status " + answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// The same part in a page that was just read. At an address of its own a part is all that there is.
function sameIn(page, part) {
  return page.getElementById(part.id);
}

// Rooms that a deploy has added come to their place among the others, and those that it has taken out go.
function haveRooms(fresh) {
  const [old, wanted] = [document.getElementById("rooms"), fresh].map((list) =>
    new Map([...list.querySelectorAll("a")].map((room) => [room.getAttribute("href"), room])));
  old.forEach((room, href) => wanted.has(href) || room.remove());
  let last;
  wanted.forEach((room, href) => {
    if (!old.has(href)) {
      localTimes(room);
      last ? last.after(room) : document.getElementById("rooms").prepend(room);
    }
    last = old.get(href) || room;
  });
}

// What each part was drawn from last: what stands there by now may be the browser's translation of it.
const drawn = new Map();

// The field in which a change was sent that is done: until somebody types there, it may be drawn anew.
let settled = null;

// What stands at the same place of a part that is drawn anew.
const CONTROLS = "a, button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
const hidden = (form) => [...(form?.elements || [])].filter((field) => field.type === "hidden").map((field) => field.value);
const mark = (it) => [it.tagName, it.name, it.textContent, it.form?.action, ...hidden(it.form)].join();
function twinOf(element, fresh) {
  const mine = [...element.closest("[data-live]").querySelectorAll(CONTROLS)];
  const theirs = [...fresh.querySelectorAll(CONTROLS)];
  const same = theirs.find((it) => mark(it) === mark(element));
  // A row that has gone leaves the list, and not the button of another row.
  if (same || element.closest("table")) return same || fresh.querySelector(".scroll");
  return theirs[Math.min(mine.indexOf(element), theirs.length - 1)];
}

// What somebody is typing in stays as it is. What is only scrolled or unfolded does not, but stays so.
const KEPT = ".scroll, details";
function swap(part, fresh) {
  if (isBusy(part)) return tellOfAnother(part, fresh);
  localTimes(fresh);
  const isSame = (drawn.get(part) ?? part.innerHTML) === fresh.innerHTML;
  if (isSame && part.className === fresh.className) return;
  drawn.set(part, fresh.innerHTML);
  const kept = [...part.querySelectorAll(KEPT)].map((box) => box.open ?? box.scrollTop);
  const focused = document.activeElement;
  const twin = part.contains(focused) && focused !== part ? twinOf(focused, fresh) : null;
  const hadFocus = part.contains(focused) && focused !== part;
  part.replaceChildren(...fresh.childNodes);
  if (part.className !== fresh.className) part.className = fresh.className;
  part.querySelectorAll(KEPT).forEach((box, i) => {
    if (box.matches("details")) box.open = kept[i] ?? box.open;
    else box.scrollTop = kept[i] || 0;
  });
  if (hadFocus) {
    const there = twin?.isConnected && !twin.disabled ? twin : document.getElementById("result");
    there.focus({ preventScroll: true });
    if (focused === settled) settled = there;
  }
  follow();
  knobs(part);
  begins(part);
  signal();
}

// Alarms that nobody is on show in the tab, too.
const calm = document.title.replace(/^\(\d+\) /, "");
function signal() {
  const loud = Number(document.querySelector("#alarms [data-loud]")?.dataset.loud || 0);
  const title = (loud ? `(${loud}) ` : "") + calm;
  if (document.title !== title) document.title = title;
  const icon = document.querySelector("link[rel=icon]");
  const wanted = loud ? icon.dataset.alarm : icon.dataset.calm;
  if (wanted && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}

// Whoever writes a message sees that another one was set since, which theirs would replace.
function tellOfAnother(part, fresh) {
  const line = part.querySelector(".meanwhile");
  const [mine, now] = [part, fresh].map((it) => it.querySelector("textarea")?.defaultValue);
  const text = mine === now ? "" : now ? told("now_read", { message: now }) : told("removed");
  if (line && line.textContent !== text) line.textContent = text;
}

// The field for the serving counter shows where it stands, until somebody types there.
function follow() {
  const field = document.querySelector("[name=serving]");
  const now = document.getElementById("serving-now");
  if (!field || !now || (field === document.activeElement && field !== settled) || field.value !== field.defaultValue) return;
  field.value = field.defaultValue = now.textContent.replace(/\D/g, "");
}

function isBusy(part) {
  const focused = document.activeElement;
  // A button has nothing to lose, and its like gets the focus.
  if (part.contains(focused) && focused.matches("input, textarea, select") && focused !== settled) return true;
  return [...part.querySelectorAll("input, textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  // A list in which nothing is chosen shows its first: that alone is no change.
  if (field.tagName === "SELECT") return field.dataset.touched && [...field.options].some((o) => o.selected !== o.defaultSelected);
  return field.value !== (field.dataset.shown ?? field.defaultValue); // shown: a time in the operator's own zone
}

function stale(text) {
  const line = document.getElementById("stale");
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}

async function tick() {
  const [now, at, changesBefore] = [performance.now(), new Date(), changes];
  const parts = [...document.querySelectorAll("[data-live]")].filter((part) => (due.get(part.id) || 0) <= now);
  try {
    if (!document.hidden && parts.length) {
      await refresh(parts, changesBefore);
      if (changes === changesBefore) parts.forEach((part) => due.set(part.id, now + 1000 * part.dataset.every - 100));
      failed = null;
      stale("");
    }
  } catch (error) {
    failed ||= { now, at };
    if (error === signedOut) {
      stale(told("signed_out"));
    } else if (performance.now() - failed.now > 2500) {
      stale(told("no_answer", { time: failed.at.toLocaleTimeString(locale) }));
    }
  }
  setTimeout(tick, failed ? 2000 : 1000);
}

// Somebody else has changed something: what is not at hand is read at once.
document.addEventListener("vwr-changed", async () => {
  const [parts, changesBefore] = [[...document.querySelectorAll("[data-live]")], changes];
  try {
    await refresh(parts, changesBefore);
  } catch {
    due.clear(); // the next reading says what is wrong
  }
});

// Times in the operator's own zone; without this script they are UTC.
function inOwnTime(date, seconds = true) {
  const isToday = date.toDateString() === new Date().toDateString();
  const shape = { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined };
  return isToday ? date.toLocaleTimeString(locale, shape) : date.toLocaleString(locale, { year: "numeric", month: "numeric", day: "numeric", ...shape });
}

// The same in what the panel asks and says: the field took the operator's own time, too.
function withOwnTimes(text) {
  return text.replace(/(_at[^\w"“]\D{0,15})(\d{4}-\d\d-\d\d) (\S+) UTC/g, (_, before, day, time) => before + inOwnTime(new Date(`${day}T${time}Z`)));
}

function localTimes(root) {
  root.querySelectorAll("time[data-at]").forEach((time) => { time.textContent = inOwnTime(new Date(1000 * time.dataset.at), time.dataset.minute === undefined); });
  root.querySelectorAll("a[data-zone]").forEach((link) => { link.search = "?zone=" + encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || ""); });
  root.querySelectorAll("input[data-moment]").forEach((field) => {
    const pad = (number) => String(number).padStart(2, "0");
    const offset = (date) => {
      const minutes = -date.getTimezoneOffset();
      return (minutes < 0 ? "-" : "+") + pad(Math.floor(Math.abs(minutes) / 60)) + ":" + pad(Math.abs(minutes) % 60);
    };
    if (field.dataset.moment) {
      const date = new Date(1000 * field.dataset.moment);
      const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join("-");
      field.value = day + "T" + pad(date.getHours()) + ":" + pad(date.getMinutes());
      field.dataset.shown = field.value;
    }
    const zone = () => { field.nextElementSibling.value = offset(field.value ? new Date(field.value) : new Date()); };
    field.addEventListener("input", zone);
    zone();
    field.parentElement.querySelector(".zone").textContent = told("your_time");
  });
}

// How long it is until the room opens, by the store's clock, from when that was read.
function begins(root) {
  root.querySelectorAll("[data-in]").forEach((line) => { line.at = performance.now() + 1000 * line.dataset.in; });
  countDown();
}

function countDown() {
  document.querySelectorAll("[data-in]").forEach((line) => {
    if (line.at === undefined) return;
    const left = Math.max(0, Math.round((line.at - performance.now()) / 1000));
    const [hours, minutes, seconds] = [left / 3600, (left / 60) % 60, left % 60].map((it) => String(Math.floor(it)).padStart(2, "0"));
    line.textContent = (hours > 0 ? hours + ":" : "") + minutes + ":" + seconds;
  });
}

function knobs(root) {
  root.querySelectorAll("form.inlet select").forEach((choice) => {
    const showChosen = () => choice.form.querySelectorAll(".knobs").forEach((box) => { box.hidden = box.dataset.kind !== choice.value; });
    choice.addEventListener("change", showChosen);
    showChosen();
  });
}

function say(text, isBad) {
  const line = document.getElementById("result");
  line.hidden = false;
  line.className = "banner " + (isBad ? "bad" : "good");
  line.textContent = text;
  document.getElementById("close").hidden = false;
  line.scrollIntoView({ block: "nearest" });
  clearTimeout(fades);
  // What has gone wrong stays until it is put away.
  if (!isBad) fades = setTimeout(putAway, 30000);
}

let fades;
function putAway() {
  for (const id of ["result", "close"]) document.getElementById(id).hidden = true;
}
document.getElementById("close")?.addEventListener("click", () => {
  putAway();
  document.querySelector("#flow button")?.focus({ preventScroll: true });
});

async function send(form, sure, button) {
  const fields = new URLSearchParams(new FormData(form));
  if (sure) fields.set("sure", "yes");
  const answer = await fetch(button?.hasAttribute("formaction") ? button.formAction : form.action, {
    method: "POST", body: fields, headers: { Accept: "application/json" }, signal: patience(10),
  });
  return { status: answer.status, ...(await answer.json()) };
}

// One question at a time, and the next one not under the finger that answers this one.
let asked = Promise.resolve();
function ask(question) {
  const answer = asked.then(() => show(question));
  asked = answer.catch(() => {}).then(() => new Promise((goesOn) => setTimeout(goesOn, 600)));
  return answer;
}

function show(question) {
  const dialog = document.getElementById("ask");
  const text = withOwnTimes(question.ask);
  dialog.querySelector("h2").textContent = text;
  dialog.querySelector("ul").replaceChildren(...question.hazards.map((hazard) => {
    const line = document.createElement("li");
    line.textContent = hazard;
    return line;
  }));
  dialog.querySelector("[value=yes]").textContent = withOwnTimes(question.title);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.act") || !document.getElementById("result") || event.submitter?.matches("[data-opens]")) return;
  event.preventDefault();
  if (form.dataset.busy) return; // pressed twice: a disabled button would lose the focus
  form.dataset.busy = "yes";
  const buttons = form.querySelectorAll("button");
  buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
  const part = form.closest("[data-live]");
  const sent = new Map([...form.elements].map((field) => [field, field.value]));
  try {
    let answer = await send(form, false, event.submitter);
    if (answer.ask) {
      const isSure = await ask(answer);
      stayAt(event.submitter, part);
      if (!isSure) {
        // A list looks like what holds, and must not go on showing what was not set after all.
        form.querySelectorAll("option").forEach((option) => { option.selected = option.defaultSelected; });
        return say(told("unchanged"), false);
      }
      answer = await send(form, true, event.submitter);
    }
    if (answer.said) {
      say(withOwnTimes(answer.said), false);
      hasChanged(form, sent);
    } else {
      // What stands before the app says neither, and may have lost an answer of the panel's.
      const problem = answer.problem || answer.detail;
      if (!problem) throw new Error("status " + answer.status);
      say(problem, true);
    }
  } catch {
    say(told("unsure"), true);
  } finally {
    delete form.dataset.busy;
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
  }
});

// A button may have been drawn anew while its question was shown: then the focus had nowhere to return to.
function stayAt(button, part) {
  if (!part || button?.isConnected !== false) return;
  const there = [...part.querySelectorAll(CONTROLS)].find((it) => mark(it) === mark(button)) || part.querySelector(".scroll");
  (there || document.getElementById("result")).focus({ preventScroll: true });
}

// A visitor is looked up without a reload, which would lead away from the answer.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.explain")) return;
  event.preventDefault();
  const there = document.getElementById("explanation");
  let answer;
  try {
    answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" }, signal: patience(10),
    });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("explanation");
    if (!found) throw new Error("not the room's page");
    localTimes(found);
    there.replaceChildren(...found.childNodes);
  } catch {
    const line = document.createElement("p");
    line.className = "banner bad";
    line.textContent = told(answer?.status === 401 ? "signed_out" : "no_answer_now");
    there.replaceChildren(line);
  }
  there.focus({ preventScroll: true });
  there.scrollIntoView({ block: "nearest" });
});

// After a change every part is read anew, the one with the form too, unless somebody has typed there since.
function hasChanged(form, sent) {
  const isAsSent = (field) => sent.has(field) && field.value === sent.get(field);
  if (isAsSent(document.activeElement)) settled = document.activeElement;
  form.querySelectorAll("[name=typed]").forEach((field) => { if (isAsSent(field)) field.value = ""; });
  form.querySelectorAll("[name=end_sessions]").forEach((field) => { field.checked = false; });
  form.querySelectorAll("input, textarea").forEach((field) => {
    delete field.dataset.shown;
    if (field.type === "checkbox") field.defaultChecked = field.checked;
    field.defaultValue = field.name === "typed" ? "" : sent.get(field);
  });
  form.querySelectorAll("select").forEach((field) => {
    if (isAsSent(field)) delete field.dataset.touched;
    [...field.options].forEach((option) => { option.defaultSelected = option.value === sent.get(field); });
  });
  const key = form.elements.key;
  if (key) key.value = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
  changes += 1;
  due.clear();
  drawn.clear();
}

document.addEventListener("input", (event) => { if (event.target === settled) settled = null; });
document.addEventListener("change", (event) => { event.target.dataset.touched = "yes"; });

localTimes(document);
document.querySelectorAll("[data-live]").forEach((part) => drawn.set(part, part.innerHTML));
knobs(document);
begins(document);
setInterval(countDown, 1000);
if (document.querySelector("[data-live]")) setTimeout(tick, 1000);

// The links of a batch of invitations are copied at one press.
document.querySelectorAll("[data-copies]").forEach((button) => {
  const field = document.getElementById(button.dataset.copies);
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      say(button.dataset.said, false);
    } catch {
      field.select();
    }
  });
});
