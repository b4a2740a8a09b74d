// Checks in the visitor's own browser which place the draw gave to the visitor's number. It is loaded
// where people register for a draw, or were drawn, and asks nothing but what is published of it.
const bytes = (text) => new TextEncoder().encode(text);
const digits = (buffer) => [...new Uint8Array(buffer)].map((n) => n.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const hmacKey = (raw) => crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
const hmac = (key, text) => crypto.subtle.sign("HMAC", key, bytes(text));

// The same as draw/seed.py.
export const commitment = async ({ room, generation, seed }) =>
  digits(await crypto.subtle.digest("SHA-256", bytes(`vwr draw commitment 1\n${room}\n${generation}\n${seed}`)));
const orderKey = async ({ seed, beacon, lane }) => {
  let key = await hmacKey(unhex(seed));
  if (beacon && beacon.value != null) key = await hmacKey(await hmac(key, "vwr draw beacon 1\n" + beacon.value));
  return lane ? hmacKey(await hmac(key, "vwr draw lane 1\n" + lane)) : key;
};

// The same as draw/permutation.py: twelve rounds, there or back, until a place comes out.
const walk = async (draw, from, back) => {
  const { count } = draw;
  if (count < 2) return 1;
  const half = Math.max(3, Math.ceil(Math.ceil(Math.log2(count)) / 2));
  const size = 2 ** half;
  const key = await orderKey(draw);
  const round = async (at, value) =>
    new DataView(await hmac(key, `vwr draw order 1\n${count}\n${at}\n${value}`)).getUint32(0) % size;
  let value = from - 1;
  do {
    let left = Math.floor(value / size);
    let right = value % size;
    for (let at = 0; at < 12; at++)
      if (back) [left, right] = [right ^ (await round(11 - at, left)), left];
      else [left, right] = [right, left ^ (await round(at, right))];
    value = left * size + right;
  } while (value >= count);
  return value + 1;
};
export const placeOf = (draw, number) => walk(draw, number);
export const numberAt = (draw, place) => walk(draw, place, true);

// The draw of one lane ("": the main line), which is drawn by itself.
export const inLane = (draw, lane = "") => ({
  ...draw,
  lane,
  count: draw.lanes ? (draw.lanes.find((one) => one.lane == lane) || { count: 0 }).count : draw.count,
});

// What a published draw says of somebody: the number, and whether all fits. `noted` is what this
// browser remembers from before the opening. If that was in another lane, the number counts only if
// the lane was gone since: it goes on behind those of the main line.
export const checked = async (draw, place, noted) => {
  const { source } = draw.beacon || {};
  let number = noted && noted.number;
  if (noted && (noted.lane || "") != (draw.lane || "")) {
    const gone = !draw.lane && draw.lanes.find((one) => one.lane == noted.lane && one.after != null);
    number = gone && gone.after + number;
    noted = { ...noted, count: 0 };
  }
  number = number || (await numberAt(draw, place));
  const fits =
    (await commitment(draw)) == draw.commitment &&
    (!noted || (noted.commitment == draw.commitment && noted.source == source && !(noted.count > draw.count))) &&
    (await placeOf(draw, number)) == place;
  return { number, fits };
};

const part = globalThis.document && document.getElementById("draw");
if (part) {
  const { base, separator } = part.dataset;
  const number = (n) => `${n}`.replace(/\B(?=(\d{3})+$)/g, separator);
  let memory = {};
  try {
    memory = localStorage;
  } catch {}
  // What this browser has seen of a draw before the opening.
  const remembered = (generation) => {
    try {
      const noted = JSON.parse(memory["vwr-draw" + base]);
      return noted.generation == generation ? noted : undefined;
    } catch {}
  };
  const remember = (draw, own) => {
    try {
      const noted = { ...draw, source: (draw.beacon || {}).source, number: own };
      // The first fingerprint counts: if it changes later, the draw is not the one that was promised.
      const { commitment } = remembered(draw.generation) || draw;
      memory["vwr-draw" + base] = JSON.stringify({ ...noted, commitment });
    } catch {}
  };
  const show = (word, values) => {
    for (const one of part.querySelectorAll("[data-draw]")) {
      one.hidden = !one.dataset.draw.split(" ").includes(word);
      if (!one.hidden && one.dataset.text)
        one.textContent = one.dataset.text.replace(/{(\w+)}/g, (_, name) => values[name]);
    }
  };
  const told = (draw) => ({
    count: number(draw.count),
    commitment: draw.commitment.replace(/.{8}(?=.)/g, "$& "),
    source: (draw.beacon || {}).source,
  });

  // The latest standing of which this page knows; and of which of them the check is shown.
  // `rank`: in the slow lane, where the number that is shown counts all who go in before.
  const data = JSON.parse(document.getElementById("vwr-data").textContent)[1];
  let { generation, position, lane, place_in_lane: rank } = data;
  let shown, lookedAt = 0;
  const look = async () => {
    const of = `${[generation, position, rank]}`;
    if (!position || shown == of || Date.now() - lookedAt < 5000) return;
    lookedAt = Date.now();
    const answer = await fetch(base + "/draw.json");
    part.hidden = answer.status == 404; // the room was reset since
    if (!answer.ok) return;
    const draw = inLane(await answer.json(), lane);
    if (draw.state == "registering" && draw.generation == generation) {
      remember(draw, position);
      return show("before", told(draw));
    }
    // What is known of the draw here may be older than what this page was told.
    if (draw.state != "drawn" || draw.generation + 1 != generation) return;
    const place = lane == "slow" && draw.lanes ? rank : position;
    if (!place) return; // not told yet
    shown = of;
    if (place > draw.count) return show("late", told(draw));
    if (!self.crypto || !crypto.subtle) return show("unable", told(draw));
    const { number: own, fits } = await checked(draw, place, remembered(draw.generation));
    show(fits ? "fits" : "wrong", { ...told(draw), number: number(own), place: number(place) });
  };
  const again = () => look().catch(() => (shown = undefined));
  // The page itself tells its other tabs, and so this script, what it hears.
  try {
    new BroadcastChannel("vwr:" + base).onmessage = ({ data }) => {
      if (data.generation != generation && !data.position) return;
      generation = data.generation || generation;
      if (data.position) ({ position, lane, place_in_lane: rank } = data);
      again();
    };
  } catch {}
  again();
}
