// The alerts list: selection, preview, actions on the selected row, new and changed alerts. Rows never move under the pointer.
(() => {
  const root = document.documentElement;
  const { on, key } = mingjing;
  const preview = document.getElementById("preview");
  const list = () => document.getElementById("alerts");
  const rows = () => [...document.querySelectorAll(".mj-row")];
  const rowOf = (number) => document.getElementById(`alert-${number}`);
  // The list goes on when its end comes near: scrolled to (see center/_rows.html), or stepped to.
  const NEAR = 6;
  const more = () => document.querySelector("#more a:not(.htmx-request)");
  const here = `${location.pathname}${location.search}`;
  let selected = null;
  let previewed = null;
  let previewTimer = 0;
  // What picking.js adds: how a row that came anew is dressed, and acts on the chosen rows instead of the selected one.
  const dressers = [];
  let many = null;
  const memberOf = (number) => rows().find((row) => row.dataset.members?.split(" ").includes(number));

  // Selection and preview
  const previewOpen = () => preview && root.dataset.preview === "on" && getComputedStyle(preview).display !== "none";
  function loadPreview(wait) {
    clearTimeout(previewTimer);
    const row = rowOf(selected);
    if (!previewOpen() || !row) return;
    previewTimer = setTimeout(() => {
      previewed = selected;
      htmx.ajax("GET", row.dataset.preview, { target: "#preview", swap: "innerHTML" });
    }, wait);
  }
  function select(row, { focus = true, wait = 200 } = {}) {
    for (const other of document.querySelectorAll(".mj-row.mj-selected")) other.classList.remove("mj-selected");
    selected = row.dataset.number;
    row.classList.add("mj-selected");
    if (focus) {
      row.querySelector("a").focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    if (selected !== previewed) loadPreview(wait);
  }
  function move(step) {
    const all = rows();
    if (!all.length) return;
    const index = all.findIndex((row) => row.dataset.number === selected);
    if (index + step >= all.length - NEAR) more()?.click();
    select(all[Math.min(Math.max(index + step, 0), all.length - 1)]);
  }
  function setPreview(open) {
    root.dataset.preview = open ? "on" : "off";
    mingjing.remember("preview", root.dataset.preview);
    showPreviewState();
    if (!open) return;
    if (!selected && rows().length) select(rows()[0]);
    else {
      previewed = null;
      loadPreview(0);
    }
  }
  function showPreviewState() {
    for (const button of document.querySelectorAll("[data-preview-toggle]")) button.setAttribute("aria-pressed", String(root.dataset.preview === "on"));
  }
  on("click", "[data-preview-toggle]", () => setPreview(root.dataset.preview !== "on"));
  on("click", "[data-preview-close]", () => {
    setPreview(false);
    rowOf(selected)?.querySelector("a").focus();
  });
  on("click", ".mj-row", (row, event) => {
    if (event.target.closest("a, button, label") || getSelection().toString()) return;
    select(row, { wait: 0 });
    if (preview && window.innerWidth >= 1000 && root.dataset.preview !== "on") setPreview(true);
  });
  on("dblclick", ".mj-row", (row, event) => event.target.closest("a, button, label") || row.querySelector("a").click());
  on("focusin", ".mj-row :is(a, button, input)", (inside) => {
    const row = inside.closest(".mj-row");
    if (row.dataset.number !== selected) select(row, { focus: false });
  });

  // Actions on the selected row; the answer is the row itself. What was typed and not written stays for the next try.
  let unsent = null;
  function post(url, values) {
    const number = selected;
    return mingjing.send(url, { target: `#alert-${number}`, swap: "outerHTML", values: { ...values, fragment: "row" } }).then((answered) => {
      if (answered && previewed === number) {
        previewed = null;
        loadPreview(0);
      }
    });
  }
  function ask(dialog, row) {
    const form = dialog.querySelector("form");
    form.reset();
    if (unsent?.number === row.dataset.number) form.querySelector("textarea").value = unsent.text;
    const text = (cell) => row.querySelector(cell).textContent.trim();
    dialog.querySelector("[data-about]").textContent = `${row.dataset.number} ${text(".c-subject")} ${text(".c-rule")}`;
    mingjing.openDialog(dialog);
    document.dispatchEvent(new CustomEvent("mj:asked", { detail: { dialog, row } }));
  }
  function act(name) {
    if (many?.begin(name)) return true;
    const row = rowOf(selected);
    if (!row || !row.dataset[name]) return false;
    if (name === "acknowledge") post(row.dataset.acknowledge, {});
    else {
      const dialog = document.getElementById(`${name}-dialog`);
      if (!dialog) return false;
      ask(dialog, row);
    }
    return true;
  }
  on("click", "[data-act]", (button) => act(button.dataset.act));
  on("submit", "dialog form[data-act-form]", (form, event) => {
    event.preventDefault();
    form.closest("dialog").close();
    if (many?.send(form.dataset.actForm, Object.fromEntries(new FormData(form)))) return;
    unsent = { number: selected, text: form.querySelector("textarea").value };
    post(rowOf(selected).dataset[form.dataset.actForm], Object.fromEntries(new FormData(form)));
  });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.requestConfig.verb === "post" && detail.successful) unsent = null;
  });
  // A key that does nothing now says why, to who may act at all.
  function impossible(code) {
    const row = rowOf(selected);
    if (!row || !document.getElementById("many")) return false;
    const status = row.querySelector(".c-status").textContent.trim();
    mingjing.tip(list().dataset.impossible.replace("{key}", code.replace(/^Digit|^Key/, "")).replace("{status}", status));
    return true;
  }
  key("KeyJ", () => move(1));
  key("KeyK", () => move(-1));
  key("Enter", (event) => {
    const row = rowOf(selected);
    if (!row || event.target.closest("a, button, summary")) return false;
    row.querySelector("a").click();
    return true;
  });
  key("KeyP", () => preview && setPreview(root.dataset.preview !== "on"));
  for (const [code, name] of [["Digit1", "acknowledge"], ["Digit2", "dismiss"], ["KeyC", "comment"], ["KeyH", "snooze"], ["KeyA", "assign"], ["KeyI", "issue"]]) key(code, () => act(name) || impossible(code));
  function goOn(name) {
    const url = rowOf(selected)?.dataset[name];
    if (!url) return false;
    location.assign(url);
    return true;
  }
  for (const [code, name] of [["Digit3", "dispatch"], ["KeyE", "escalate"]]) key(code, () => goOn(name) || impossible(code));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && previewOpen() && getComputedStyle(preview).position === "absolute" && !document.querySelector("dialog[open]")) setPreview(false);
  });

  // New alerts are counted in the list bar and come in when asked for
  const waiting = new Set();
  function showWaiting() {
    const button = document.getElementById("new-alerts");
    if (!button) return;
    button.hidden = waiting.size === 0;
    const word = waiting.size === 1 ? button.dataset.one : button.dataset.many.replace("{n}", waiting.size);
    if (waiting.size) button.querySelector("b").textContent = word;
  }
  const withFragment = (fragment) => {
    const url = new URL(location.href);
    url.searchParams.delete("after");
    url.searchParams.set("fragment", fragment);
    return url.pathname + url.search;
  };
  function reload() {
    waiting.clear();
    return htmx.ajax("GET", withFragment("list"), { target: "#alerts", swap: "outerHTML" });
  }
  on("click", "#new-alerts", reload);
  key("Period", () => {
    if (!waiting.size) return false;
    reload();
    return true;
  });
  function patch(row) {
    htmx.ajax("GET", row.dataset.row, { target: `#${row.id}`, swap: "outerHTML" });
  }

  // The list as the server has it now: changed rows are replaced where they stand, unknown ones are only counted
  let syncing = false;
  async function sync() {
    if (syncing || !document.getElementById("rows")) return;
    syncing = true;
    try {
      const answer = await fetch(withFragment("rows"), { headers: { "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return;
      const box = document.createElement("template");
      box.innerHTML = await answer.text();
      for (const row of box.content.querySelectorAll(".mj-row")) {
        const mine = rowOf(row.dataset.number);
        if (!mine && memberOf(row.dataset.number)) continue;
        if (!mine) waiting.add(row.dataset.number);
        else if (mine.innerHTML !== row.innerHTML && !mine.matches(":focus-within:not(.mj-selected)")) replace(mine, row);
      }
      showWaiting();
    } finally {
      syncing = false;
    }
  }
  function replace(mine, row) {
    const focused = mine.contains(document.activeElement);
    mine.replaceWith(row);
    htmx.process(row);
    restore(row);
    if (focused) row.querySelector("a").focus({ preventScroll: true });
  }
  function restore(row) {
    if (row.dataset.number === selected) row.classList.add("mj-selected");
    for (const dress of dressers) dress(row);
  }
  // Kinds by which an alert may come into a list it was not in.
  const RETURNING = new Set(["woken", "overturned", "undone", "assigned", "returned", "proposed"]);
  let syncTimer = 0;
  const soon = (wait) => {
    clearTimeout(syncTimer);
    syncTimer = setTimeout(sync, wait);
  };
  document.addEventListener("mj:sync", () => soon(300));
  document.addEventListener("mj:reset", reload);
  document.addEventListener("mj:alert", ({ detail }) => {
    const row = rowOf(detail.number) || memberOf(detail.number);
    if (row) patch(row);
    else if (detail.kind === "raised" || detail.kind === "recurred") {
      if (list().dataset.counts === "tell") waiting.add(detail.number);
      else soon(1500);
    }
    else if (RETURNING.has(detail.kind)) soon(1500);
    if (detail.kind === "withdrawn" && waiting.delete(detail.number)) soon(1500);
    showWaiting();
    if (detail.number === previewed) {
      previewed = null;
      loadPreview(300);
    }
  });

  // After a swap: keep the selection, the focus in it, the figures and the switch's state
  let focusedRow = null;
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const row = detail.target?.closest?.(".mj-row");
    focusedRow = row?.contains(document.activeElement) ? row.dataset.number : null;
  });
  // htmx settles attributes after the swap and would take the selection's class with it.
  document.body.addEventListener("htmx:afterSettle", () => rows().forEach(restore));
  document.body.addEventListener("htmx:afterSwap", () => {
    const row = rowOf(selected);
    if (row) {
      restore(row);
      if (focusedRow === selected && !document.querySelector("dialog[open]")) row.querySelector("a").focus({ preventScroll: true });
    }
    focusedRow = null;
    for (const number of [...waiting]) if (rowOf(number)) waiting.delete(number);
    const shown = document.getElementById("shown");
    if (shown) shown.textContent = rows().length;
    showWaiting();
    showPreviewState();
  });

  // Back brings the place and the row back, and as many rows as there were
  const memory = `mj-list ${here}`;
  const leads = () => rows().filter((row) => !row.classList.contains("mj-member")).length;
  window.addEventListener("pagehide", () => {
    sessionStorage.setItem(memory, JSON.stringify({ selected, shown: leads(), top: document.getElementById("scroll")?.scrollTop || 0 }));
  });
  async function grow(count) {
    for (let link = more(); link && leads() < count; link = more()) {
      await htmx.ajax("GET", link.href, { source: link, target: "#more", swap: "outerHTML", values: { fragment: "rows" } });
      if (more()?.href === link.href) return;
    }
  }
  mingjing.alerts = {
    rows,
    rowOf,
    select,
    reload,
    selected: () => rowOf(selected),
    dress: (dress) => dressers.push(dress),
    many: (acts) => {
      many = acts;
    },
  };
  // More views than fit are scrolled: the one that is shown is in sight.
  const showTab = () => document.querySelector("#alerts .mj-tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => detail.target?.id === "alerts" && showTab());
  showTab();
  showPreviewState();
  const kept = JSON.parse(sessionStorage.getItem(memory) || "{}");
  function bringBack() {
    if (selected) return;
    const first = (kept.selected && rowOf(kept.selected)) || (previewOpen() && rows()[0]);
    if (first) select(first, { focus: Boolean(kept.selected), wait: 0 });
    if (kept.top) document.getElementById("scroll").scrollTop = kept.top;
  }
  if (kept.shown > rows().length) grow(kept.shown).then(bringBack);
  else bringBack();
})();
