// A line in place of a server's, for the live demo: the page and its script are the real ones, and what
// they ask is answered here, by the clock. Four people a second are called.
{
  const began = Date.now(), first = 200, place = 264, perSecond = 4;
  const serving = () => first + Math.floor(((Date.now() - began) / 1000) * perSecond);
  const position = () => {
    const now = serving(), ahead = Math.max(place - now - 1, 0), isCalled = now >= place;
    return {
      room: "main",
      state: "queueing",
      generation: 1,
      serving: now,
      issued: place + 16,
      waiting: Math.max(80 - (now - first) + Math.floor((now - first) / 2), 1),
      you: isCalled ? "may_enter" : "waiting",
      may_enter: isCalled,
      position: place,
      ahead,
      wait_seconds: { low: Math.floor((ahead / perSecond) * 0.8), high: Math.ceil((ahead / perSecond) * 1.3) + 2 },
      wait_reason: "",
      claim_by: isCalled ? Date.now() / 1000 + 60 : null,
      watch: "position",
      retry_after: 1.5,
      server_time: Date.now() / 1000,
    };
  };
  const answers = {
    position,
    status: position,
    tickets: () => ({ ...position(), ticket: "of the demo" }),
    token: () => ({ token: "of the demo", token_type: "Bearer", expires_in: 60, position: place }),
  };
  self.fetch = async (address) => {
    const name = String(address).replace(/.*\//, "").replace(/\?.*/, "");
    return new Response(JSON.stringify((answers[name] || position)()), {
      headers: { "Content-Type": "application/json" },
    });
  };
}
