// The wall: asks for its board every five seconds and replaces the blocks that changed. What it could not ask anew it shows as stale; it never
// stops asking, so it heals by itself. On a screen, the secret behind the # of the address is sent once and then taken out of the address.
(() => {
  const secret = location.hash.slice(1);
  const connect = document.getElementById("connect");
  if (secret && connect) {
    history.replaceState(null, "", location.pathname + location.search);
    connect.elements.secret.value = secret;
    connect.submit();
    return;
  }
  const board = document.getElementById("board");
  if (!board) return;

  const POLL = 5000;
  const PATIENCE = 8000;
  const DOUBT = 15000; // without an answer for so long everything counts as stale
  const OLD = 120; // seconds after which a part that the server still tells is stale
  const root = document.documentElement;
  const data = document.body.dataset;
  const words = document.getElementById("words").dataset;
  const state = document.getElementById("state");
  const login = document.getElementById("login");
  const zone = "Asia/Shanghai";
  const language = root.lang;
  const clockOf = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const dayOf = new Intl.DateTimeFormat(language, { timeZone: zone, year: "numeric", month: "long", day: "numeric", weekday: "long" });
  const shown = new Map(); // block → its HTML as the server sent it
  let tag = data.tag;
  let ages = {}; // part → seconds it was old when the answer came
  let serverNow = 0;
  let heard = 0; // both on this machine's monotonic clock

  const since = () => performance.now() - heard;
  const blocks = (holder) => [...holder.querySelectorAll("[data-block]")];

  function take(times) {
    const told = Object.fromEntries(times.split(";").map((one) => [one.split("=")[0], Number(one.split("=")[1])]));
    ages = Object.fromEntries(Object.keys(told).map((part) => [part, Math.max(told.now - told[part], 0)]));
    serverNow = told.now;
    heard = performance.now();
  }

  function replace(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    for (const fresh of blocks(holder.content)) {
      const name = fresh.dataset.block;
      const markup = fresh.outerHTML;
      if (shown.get(name) === markup) continue;
      shown.set(name, markup);
      const old = board.querySelector(`[data-block="${name}"]`);
      const before = new Map([...old.querySelectorAll(".w-n")].map((one) => [one.getAttribute("href"), one.textContent]));
      const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      old.replaceWith(fresh);
      for (const one of fresh.querySelectorAll(".w-n")) {
        const href = one.getAttribute("href");
        if (before.has(href) && before.get(href) !== one.textContent) one.classList.add("w-changed");
        if (href === focused) one.focus({ preventScroll: true });
      }
    }
  }

  function staleFor(seconds) {
    if (seconds < 60) return words.seconds.replace("{n}", Math.round(seconds));
    if (seconds < 7200) return words.minutes.replace("{n}", Math.floor(seconds / 60));
    return words.hours.replace("{n}", Math.floor(seconds / 3600));
  }

  function say(next) {
    root.dataset.state = next;
    const word = state.querySelector("b");
    if (word.textContent !== state.dataset[next]) word.textContent = state.dataset[next];
    login.hidden = next !== "out";
  }

  function tick() {
    const gone = since() / 1000;
    const now = new Date((serverNow + gone) * 1000);
    document.getElementById("clock").textContent = clockOf.format(now);
    const day = document.getElementById("day");
    if (day.textContent !== dayOf.format(now)) day.textContent = dayOf.format(now);
    document.getElementById("asof").textContent = clockOf.format(new Date((serverNow - (ages.open || 0)) * 1000));
    const silent = since() > DOUBT;
    if (silent && root.dataset.state !== "out") say("off");
    for (const block of blocks(board)) {
      const age = (ages[block.dataset.part] || 0) + gone;
      const stale = silent || age > OLD;
      block.classList.toggle("w-is-stale", stale);
      const note = block.querySelector(".w-stale");
      note.hidden = !stale;
      if (stale) note.textContent = staleFor(age);
    }
  }

  async function ask() {
    const answer = await fetch(data.board, {
      headers: { "If-None-Match": tag },
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status === 401 && "alone" in data) return location.reload();
    if (answer.status === 401 || answer.status === 403) return say("out");
    if (answer.status !== 200 && answer.status !== 304) throw new Error(`answer ${answer.status}`);
    if (answer.headers.get("X-Wall-Version") !== data.version) return location.reload();
    if (answer.status === 200) replace(await answer.text());
    tag = answer.headers.get("ETag");
    take(answer.headers.get("X-Wall-Times"));
    say("live");
    return tick();
  }

  async function poll() {
    try {
      if (!document.hidden) await ask();
    } catch {
      if (root.dataset.state === "live") say("wait");
    }
    setTimeout(poll, POLL);
  }

  for (const block of blocks(board)) shown.set(block.dataset.block, block.outerHTML);
  take(data.times);
  tick();
  setInterval(tick, 1000);
  setTimeout(poll, POLL);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask().catch(() => {});
  });
})();
