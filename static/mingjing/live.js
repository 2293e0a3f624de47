// One event stream for all tabs of a person. The leading tab holds it and passes every event on; when that tab goes, another takes over
// from the last position it saw. When the stream fails the leader says so, and every tab is told to poll.
// Tells the page: mj:alert (detail: the event), mj:reset (reload the list), mj:sync (compare the list with the server); htmx: mj:duty on body.
(() => {
  const root = document.documentElement;
  const { stream, position } = document.body.dataset;
  // Milliseconds; a page may bring its own, as the tests do.
  const timing = { silence: 45000, poll: 10000, check: 60000, doubt: 15000, retry: 2000, longest: 30000, fresh: 5000, tone: 3000, ...window.mingjingTiming };
  const KEPT = 300;
  const SOUNDS = new Set(["raised", "recurred", "reminded"]);
  const channel = new BroadcastChannel("mingjing-live");
  const badge = document.getElementById("live");
  const told = new Set();
  // Places in the stream are opaque: they can be handed back and recognised, never compared.
  let last = position || mingjing.recall("last") || "";
  let state = "wait";
  let leading = false;
  let source = null;
  let heard = 0;
  let beats = false;
  let retry = 0;
  let retryTimer = 0;
  let doubt = 0;

  function show(next) {
    state = next;
    root.dataset.live = next;
    const word = badge.querySelector("span");
    if (word.textContent !== badge.dataset[next]) word.textContent = badge.dataset[next];
  }
  function tell(next) {
    if (next === state) return;
    show(next);
    channel.postMessage({ kind: "state", state: next });
  }
  const announce = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  // Duty figures follow alerts, but a burst of alerts asks for them once.
  let dutyTimer = 0;
  function refreshDuty() {
    clearTimeout(dutyTimer);
    dutyTimer = setTimeout(() => htmx.trigger(document.body, "mj:duty"), 800);
  }

  function keep(place) {
    if (!place) return;
    last = place;
    mingjing.remember("last", last);
  }
  function take(event) {
    if (told.has(event.position)) return;
    told.add(event.position);
    if (told.size > KEPT) told.delete(told.values().next().value);
    keep(event.position);
    announce("mj:alert", event);
    refreshDuty();
    if (event.level === "red" && !event.backdated && SOUNDS.has(event.kind)) setTimeout(ring, leading ? 0 : 150 + 300 * Math.random());
  }
  // Of all tabs that may sound, one does: the leading one if it may, else whichever comes first.
  function ring() {
    if (!mingjing.audible() || Date.now() - Number(mingjing.recall("rang")) < timing.tone) return;
    mingjing.remember("rang", String(Date.now()));
    mingjing.beep();
  }
  function fresh(event) {
    channel.postMessage({ kind: "event", event });
    take(event);
  }
  function reset() {
    announce("mj:reset");
    refreshDuty();
  }

  // The stream itself, in the leading tab only
  function close() {
    source?.close();
    source = null;
  }
  function later() {
    close();
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, Math.min(timing.longest, timing.retry * 2 ** retry));
    retry += 1;
    if (retry > 2) tell("off");
    else tell("wait");
  }
  function open() {
    close();
    heard = Date.now();
    beats = false;
    source = new EventSource(last ? `${stream}?last=${encodeURIComponent(last)}` : stream);
    const alive = () => {
      heard = Date.now();
      retry = 0;
      clearTimeout(doubt);
      doubt = 0;
      tell("live");
    };
    source.addEventListener("hello", (message) => {
      keep(message.lastEventId);
      alive();
      // A page that has just been rendered is true already.
      if (performance.now() < timing.fresh) return;
      announce("mj:sync");
      channel.postMessage({ kind: "sync" });
    });
    source.addEventListener("alert", (message) => {
      alive();
      fresh({ position: message.lastEventId, ...JSON.parse(message.data) });
    });
    source.addEventListener("beat", (message) => {
      beats = true;
      keep(message.lastEventId);
      alive();
    });
    source.addEventListener("reset", (message) => {
      keep(message.lastEventId);
      alive();
      reset();
      channel.postMessage({ kind: "reset", position: last });
    });
    // The server asks not to come back: signed out, or replaced by a newer stream of the same person. The tabs poll from here on.
    source.addEventListener("bye", () => {
      close();
      tell("off");
      announce("mj:sync");
      channel.postMessage({ kind: "sync" });
    });
    source.addEventListener("error", () => {
      if (source?.readyState === EventSource.CLOSED) later();
      else if (!doubt) {
        tell("wait");
        doubt = setTimeout(() => tell("off"), timing.doubt);
      }
    });
  }
  function lead() {
    leading = true;
    open();
  }
  setInterval(() => {
    if (leading && beats && Date.now() - heard > timing.silence) later();
  }, 5000);

  channel.addEventListener("message", ({ data }) => {
    if (data.kind === "event") take(data.event);
    else if (data.kind === "state") show(data.state);
    else if (data.kind === "sync") announce("mj:sync");
    else if (data.kind === "reset") {
      keep(data.position);
      reset();
    } else if (data.kind === "reconnect" && leading) open();
    else if (data.kind === "who" && leading) {
      channel.postMessage({ kind: "state", state });
      channel.postMessage({ kind: "sync" });
    }
  });

  // Web Locks need a secure address; without one, a lease in localStorage that its holder renews.
  function leaseLoop() {
    const me = Math.random().toString(36).slice(2);
    const turn = () => {
      const [holder, until] = (mingjing.recall("lease") || ":0").split(":");
      if (holder === me || Number(until) < Date.now()) {
        mingjing.remember("lease", `${me}:${Date.now() + 6000}`);
        if (!leading && holder === me) lead();
      } else if (leading) {
        leading = false;
        close();
      }
    };
    turn();
    setInterval(turn, 2000);
    window.addEventListener("pagehide", () => leading && mingjing.remember("lease", ":0"));
  }
  show("wait");
  if (navigator.locks) {
    navigator.locks.request("mingjing-live", () => {
      lead();
      return new Promise(() => {});
    });
  } else leaseLoop();
  channel.postMessage({ kind: "who" });

  // Without the stream every tab polls; with it, once a minute keeps deadlines and the duty strip true.
  const stamp = document.getElementById("offline-at");
  const clock = () => new Date().toTimeString().slice(0, 8);
  if (stamp) stamp.textContent = clock();
  let polled = Date.now();
  setInterval(() => {
    const due = state === "off" ? timing.poll : timing.check;
    if (document.hidden || Date.now() - polled < due) return;
    polled = Date.now();
    announce("mj:sync");
    refreshDuty();
    if (stamp) stamp.textContent = clock();
  }, 1000);
  function reconnect() {
    retry = 0;
    if (leading) open();
    else channel.postMessage({ kind: "reconnect" });
    announce("mj:sync");
  }
  mingjing.on("click", "[data-reconnect]", reconnect);
  // A network that is gone is noticed at once, though an open stream stays silent; and one that is back, not at the next turn of the pauses. A tab that was frozen missed what the others told it.
  window.addEventListener("offline", () => leading && later());
  window.addEventListener("online", () => leading && state !== "live" && reconnect());
  document.addEventListener("resume", () => announce("mj:sync"));
  window.addEventListener("pageshow", (event) => event.persisted && announce("mj:sync"));
})();
