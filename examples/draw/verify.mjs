// Checks a draw from its published draw.json, in another language than the room's own and without
// any library: only what Node.js brings along.
//
//   node verify.mjs https://tickets.example/vwr/main/draw.json --number 4711 --place 12
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

/** What does not fit in a published draw, as a sentence; "" if all fits. */
export const wrong = (draw) => {
  if (draw?.version !== 1) return "this is no draw.json of version 1";
  if (draw.state !== "drawn") return "this draw is not made yet";
  if (!/^[0-9a-f]{64}$/.test(draw.seed)) return "seed must be 64 hexadecimal digits";
  if (!Number.isInteger(draw.count) || draw.count < 0 || draw.count > 2 ** 31) return "count must be a whole number";
  if (commitment(draw.room, draw.generation, draw.seed) !== draw.commitment)
    return "the seed is not the one that was committed to";
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
    options: { number: text, place: text, commitment: text },
    allowPositionals: true,
  });
  const draw = await read(positionals[0]);
  const problem = wrong(draw);
  if (problem) throw new Error(problem);
  if (values.commitment && values.commitment !== draw.commitment)
    throw new Error("this is not the commitment that you noted");
  console.log(`the seed fits the commitment; ${draw.count} were drawn`);
  if (!values.number) return;
  const number = Number(values.number);
  if (!(number >= 1 && number <= draw.count)) throw new Error(`there is no number ${values.number}`);
  const place = placeOf(orderSeed(draw), draw.count, number);
  if (values.place && Number(values.place) !== place)
    throw new Error(`number ${number} got place ${place}, and not ${values.place}`);
  console.log(`number ${number} got place ${place}`);
};

if (process.argv[1] && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
