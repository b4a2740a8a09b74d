// Checks a draw from its published draw.json, in another language than the room's own and without
// any library: only what Node.js brings along.
//
//   node verify.mjs https://tickets.example/vwr/main/draw.json --number 4711 --place 12
//   node verify.mjs draw.json --lane members --number 17
//   node verify.mjs draw.json --commitment 81b525aa…
//
// It says what it found, and ends with status 1 if anything does not fit. The functions at the top
// can be imported, too.
import { createHash, createHmac } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const ROUNDS = 12;
const LEAST_HALF = 3;

/** The commitment to a seed. */
export const commitment = (room, generation, seed) =>
  createHash("sha256").update(`vwr draw commitment 1\n${room}\n${generation}\n${seed}`).digest("hex");

/** The seed that the order comes from: with the beacon's value, if there is one. */
export const orderSeed = ({ seed, beacon }) => {
  const own = Buffer.from(seed, "hex");
  if (beacon == null || beacon.value == null) return own;
  return createHmac("sha256", own).update(`vwr draw beacon 1\n${beacon.value}`).digest();
};

/** The seed of a lane, which is drawn by itself; the main line ("") has that of the draw. */
export const laneSeed = (seed, lane) =>
  lane ? createHmac("sha256", seed).update(`vwr draw lane 1\n${lane}`).digest() : seed;

/** The lane, the number there and the count with which a number is drawn; an error says if it is not.
 * A lane that was gone at the opening is drawn with the main line. */
export const drawnAs = (draw, lane, number) => {
  const lanes = draw.lanes ?? [{ lane: "", count: draw.count }];
  const own = lanes.find((one) => one.lane === lane);
  if (!own) throw new Error(`there is no lane ${lane}`);
  if (!(number >= 1 && number <= own.count)) throw new Error(`there is no number ${number}`);
  if (own.after == null) return { lane, number, count: own.count };
  return { lane: "", number: own.after + number, count: lanes[0].count };
};

const halfOf = (count) => Math.max(LEAST_HALF, Math.ceil(Math.ceil(Math.log2(count)) / 2));

const round = (seed, count, at, value, half) =>
  createHmac("sha256", seed).update(`vwr draw order 1\n${count}\n${at}\n${value}`).digest().readUInt32BE(0) %
  2 ** half;

/** The place of a registration number, both from 1. */
export const placeOf = (seed, count, number) => {
  if (count === 1) return 1;
  const half = halfOf(count);
  const size = 2 ** half;
  let value = number - 1;
  do {
    let [left, right] = [Math.floor(value / size), value % size];
    for (let at = 0; at < ROUNDS; at++) [left, right] = [right, left ^ round(seed, count, at, right, half)];
    value = left * size + right;
  } while (value >= count);
  return value + 1;
};

/** How many were drawn in all lanes; those that were gone are counted with the main line. */
const sum = (lanes) => lanes.filter((one) => one.after == null).reduce((all, one) => all + one.count, 0);

/** What does not fit in a published draw, as a sentence; "" if all fits. */
export const wrong = (draw) => {
  if (![1, 2].includes(draw?.version)) return "this is no draw.json of version 1 or 2";
  if (draw.state !== "drawn") return "this draw is not made yet";
  if (!/^[0-9a-f]{64}$/.test(draw.seed)) return "seed must be 64 hexadecimal digits";
  if (!Number.isInteger(draw.count) || draw.count < 0 || draw.count > 2 ** 31) return "count must be a whole number";
  if (commitment(draw.room, draw.generation, draw.seed) !== draw.commitment)
    return "the seed is not the one that was committed to";
  if (draw.version === 2 && sum(draw.lanes) !== draw.count) return "the lanes must have count together";
  return "";
};

const read = async (source) => {
  if (!/^https?:/.test(source)) return JSON.parse(await readFile(source, "utf8"));
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`${source} answers ${answer.status}`);
  return answer.json();
};

const main = async () => {
  const text = { type: "string" };
  const { values, positionals } = parseArgs({
    options: { number: text, place: text, lane: text, commitment: text },
    allowPositionals: true,
  });
  const draw = await read(positionals[0]);
  const problem = wrong(draw);
  if (problem) throw new Error(problem);
  if (values.commitment && values.commitment !== draw.commitment)
    throw new Error("this is not the commitment that you noted");
  console.log(`the seed fits the commitment; ${draw.count} were drawn`);
  if (!values.number) return;
  const { lane, number, count } = drawnAs(draw, values.lane ?? "", Number(values.number));
  const place = placeOf(laneSeed(orderSeed(draw), lane), count, number);
  const where = lane ? ` in the lane ${lane}` : "";
  if (values.place && Number(values.place) !== place)
    throw new Error(`number ${number}${where} got place ${place}, and not ${values.place}`);
  console.log(`number ${number}${where} got place ${place}`);
};

if (process.argv[1] && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
