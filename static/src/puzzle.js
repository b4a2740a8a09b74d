// Solves the puzzle that a newcomer's browser gets before it has a place, in a worker of its own, so
// that the page stays quick. See papers/puzzles.py, which has the same rule.
(() => {
  // The words of SHA-256: parts of the roots of the first primes.
  const [start, constants] = (() => {
    const part = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
    const primes = [];
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const words = (list, root) => Int32Array.from(list, (p) => part(root(p)));
    return [words(primes.slice(0, 8), Math.sqrt), words(primes, Math.cbrt)];
  })();
  const w = new Int32Array(64);
  // The first word of the digest of a text of at most 55 letters.
  const digest = (text) => {
    w.fill(0, 0, 16);
    for (let i = 0; i < text.length; i++) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i % 4));
    w[text.length >> 2] |= 0x80 << (24 - 8 * (text.length % 4));
    w[15] = text.length * 8;
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let a = start[0], b = start[1], c = start[2], d = start[3];
    let e = start[4], f = start[5], g = start[6], h = start[7];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      h = g;
      g = f;
      f = e;
      e = (d + t) | 0;
      d = c;
      c = b;
      b = a;
      a = (t + s0 + ((b & c) ^ (b & d) ^ (c & d))) | 0;
    }
    return (a + start[0]) | 0;
  };
  const solve = (puzzle, told) => {
    const [, , work, signature] = puzzle.split(".");
    const shift = 36 - parseInt(work, 16);
    const numbers = [];
    for (let at = 0; at < 16; at++) {
      let number = 0;
      while (digest(`${signature}:${at}:${number}`) >>> shift) number++;
      numbers.push(number.toString(16));
      told(at + 1);
    }
    return puzzle + "." + numbers.join("-");
  };

  if (!self.document) {
    self.onmessage = ({ data }) => postMessage({ solution: solve(data, (part) => postMessage({ part })) });
    return;
  }
  const form = document.getElementById("puzzle");
  const { puzzle } = form.dataset;
  const done = (solution) => {
    form.elements.solution.value = solution;
    form.submit();
  };
  const { src } = document.currentScript;
  const here = () => setTimeout(() => done(solve(puzzle, () => {})), 50);
  try {
    const worker = new Worker(src);
    worker.onerror = here; // blocked: then here, if the page is slow for a moment
    worker.onmessage = ({ data }) => {
      if (data.part) document.getElementById("progress").value = data.part;
      else done(data.solution);
    };
    worker.postMessage(puzzle);
  } catch {
    here();
  }
  // Back in the history: the browser shows the page as it was, and its puzzle was used.
  onpageshow = (event) => event.persisted && location.reload();
})();
