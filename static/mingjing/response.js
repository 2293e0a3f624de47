// A response while it is written: saved on the server by itself, kept on this page when that does not go, and told what is missing.
(() => {
  const form = document.getElementById("response");
  const words = form.dataset;
  const state = document.getElementById("draft-state");
  const told = state.querySelector("span");
  const missing = document.getElementById("missing");
  // Of the form, also where they stand elsewhere on the page; of a group of radio buttons the first speaks for all.
  const fields = [...form.elements].filter((one) => "field" in one.dataset);
  const valueOf = (field) => form.elements[field.name].value;
  const version = form.elements.version;
  // Of this tab only: the text of an order does not stay on a phone that somebody else may pick up.
  const KEY = `mj-response-${words.number}`;
  const WAIT = 1200;
  const AGAIN = 8000;
  const MOST_NAMED = words.missingMany ? 4 : Infinity;
  let timer = 0;
  let saving = null;
  let dirty = false;

  const values = () => Object.fromEntries(fields.map((field) => [field.name, valueOf(field)]));
  const keep = () => sessionStorage.setItem(KEY, JSON.stringify({ version: version.value, values: values() }));
  const forget = () => sessionStorage.removeItem(KEY);
  function tell(text, loud = false, link = "") {
    told.textContent = text;
    if (link) {
      const login = document.createElement("a");
      login.href = words.login;
      login.textContent = link;
      told.append(" ", login);
    }
    state.toggleAttribute("data-told", loud);
  }

  // What is missing, and how much is written
  // A field may be wanted, and a part of the page shown, only while another field has a value: data-when="name=value"; "name" alone: any value.
  const holds = (when) => {
    const [name, value] = when.split("=");
    const now = form.elements[name].value;
    return value === undefined ? now !== "" : now === value;
  };
  const wanted = () =>
    fields.filter((field) => "wanted" in field.dataset && !valueOf(field).trim() && (!field.dataset.when || holds(field.dataset.when)));
  function count() {
    const names = wanted().map((field) => field.dataset.field);
    const told = names.length > MOST_NAMED ? words.missingMany.replace("{n}", names.length) : words.missing.replace("{fields}", names.join(words.comma));
    missing.textContent = names.length ? told : words.ready;
    for (const part of document.querySelectorAll("[data-shown]")) part.classList.toggle("mj-not-now", !holds(part.dataset.shown));
    for (const box of form.querySelectorAll("[data-count]")) {
      const field = form.elements[box.dataset.count];
      box.textContent = `${field.value.length} / ${field.maxLength}`;
      field.closest("details").querySelector(".mj-answer-kept-text").textContent = field.value.slice(0, 40);
    }
  }
  const grow = (field) => {
    if (field.tagName !== "TEXTAREA") return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };

  // Saving: one at a time; what changed meanwhile is saved after it
  async function send() {
    const body = new FormData(form);
    body.delete("stage");
    const answer = await fetch(words.draft, { method: "POST", body, redirect: "manual" });
    const type = answer.headers.get("Content-Type") || "";
    if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") return tell(words.expired, true, words.again);
    const data = type.includes("json") ? await answer.json() : {};
    if (!answer.ok) return tell(data.error || words.failed, true);
    version.value = data.version;
    if (dirty) return undefined;
    forget();
    tell(`${words.saved} ${data.saved}`);
    return "saved";
  }
  async function save() {
    clearTimeout(timer);
    if (saving) await saving;
    dirty = false;
    tell(words.saving);
    saving = send().catch(() => {
      dirty = true;
      timer = setTimeout(save, AGAIN);
      return tell(words.offline, true);
    });
    const done = await saving;
    saving = null;
    return done === "saved";
  }
  document.addEventListener("input", ({ target }) => {
    if (target.form !== form) return;
    dirty = true;
    keep();
    count();
    grow(target);
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  });
  window.addEventListener("online", () => dirty && save());
  document.addEventListener("visibilitychange", () => document.hidden && dirty && save());
  window.addEventListener("beforeunload", (event) => {
    if (mingjing.sendingPieces?.()) event.preventDefault();
  });

  // Sending: nothing leaves the page that the server would not keep
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    event.preventDefault();
    const [first] = wanted();
    if (first) {
      tell(missing.textContent, true);
      return open(first);
    }
    if (mingjing.sendingPieces?.()) return tell(words.uploading, true);
    button.disabled = true;
    const kept = await save();
    if (!kept) {
      button.disabled = false;
      return undefined;
    }
    const act = document.createElement("input");
    Object.assign(act, { type: "hidden", name: "act", value: "send" });
    form.append(act);
    return form.submit();
  });

  // From a comment to its field
  function open(field) {
    const box = field.closest("details");
    if (box) box.open = true;
    field.focus();
    grow(field);
  }
  mingjing.on("click", "[data-jump]", (link, event) => {
    const place = document.querySelector(link.hash);
    const field = place?.querySelector("textarea, input:not([type=hidden])");
    if (!field || field.type === "file") return;
    event.preventDefault();
    place.scrollIntoView({ block: "start" });
    open(field);
  });

  // Text of this tab that was never saved: put back where nobody changed the draft since, else offered
  const box = document.getElementById("kept");
  const left = JSON.parse(sessionStorage.getItem(KEY) || "null");
  const put = () => {
    for (const field of fields) if (field.name in left.values) form.elements[field.name].value = left.values[field.name];
    box.hidden = true;
    count();
    save();
  };
  if (left && fields.some((field) => left.values[field.name] !== undefined && left.values[field.name] !== valueOf(field))) {
    if (left.version === version.value) put();
    else box.hidden = false;
  } else if (left) forget();
  mingjing.on("click", "[data-kept]", (button) => {
    if (button.dataset.kept === "use") return put();
    forget();
    box.hidden = true;
    return undefined;
  });
  count();
  fields.forEach(grow);
})();
