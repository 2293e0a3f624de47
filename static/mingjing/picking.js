// Choosing rows of the alerts list and acting on all of them at once; opening and closing the other alerts of a matter.
(() => {
  const { on, key, alerts } = mingjing;
  const root = document.documentElement;
  const list = () => document.getElementById("alerts");
  const form = () => document.getElementById("many");
  const picked = new Set();
  // All of the list as the server showed it, also what is on no page yet.
  let whole = false;
  let anchor = null;

  // Matters: the lead of every alert that stands below one
  const leads = new Map();
  const membersOf = (row) => (row.dataset.members ? row.dataset.members.split(" ") : []);
  const isOpen = (row) => [...leads.values()].includes(row.dataset.number);
  async function open(row) {
    if (isOpen(row)) return;
    const answer = await fetch(row.dataset.kin, { headers: { "HX-Request": "true" } });
    const lead = alerts.rowOf(row.dataset.number);
    if (!answer.ok || answer.redirected || !lead || isOpen(lead)) return;
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    let last = lead;
    for (const member of box.content.querySelectorAll(".mj-row")) {
      if (alerts.rowOf(member.dataset.number)) continue;
      leads.set(member.dataset.number, lead.dataset.number);
      last.after(member);
      htmx.process(member);
      last = member;
    }
    alerts.rows().forEach(dress);
  }
  function close(row) {
    for (const [member, lead] of [...leads]) {
      if (lead !== row.dataset.number) continue;
      leads.delete(member);
      const gone = alerts.rowOf(member);
      if (gone?.contains(document.activeElement) || gone?.classList.contains("mj-selected")) alerts.select(row);
      gone?.remove();
    }
    dress(row);
  }
  const turn = (row) => (isOpen(row) ? close(row) : open(row));
  on("click", ".mj-kin", (button) => turn(button.closest(".mj-row")));
  key("ArrowRight", () => {
    const row = alerts.selected();
    if (!row?.dataset.kin) return false;
    open(row);
    return true;
  });
  key("ArrowLeft", () => {
    const row = alerts.selected();
    const lead = row && (leads.has(row.dataset.number) ? alerts.rowOf(leads.get(row.dataset.number)) : row);
    if (!lead || (lead === row && !isOpen(row))) return false;
    if (lead !== row) alerts.select(lead);
    close(lead);
    return true;
  });

  // Choosing: a closed matter is chosen whole
  const numbersOf = (row) => (isOpen(row) ? [row.dataset.number] : [row.dataset.number, ...membersOf(row)]);
  function pick(row, state) {
    if (whole) {
      whole = false;
      for (const other of alerts.rows()) numbersOf(other).forEach((number) => picked.add(number));
    }
    for (const number of numbersOf(row)) {
      if (state) picked.add(number);
      else picked.delete(number);
    }
  }
  function pickTo(row, state) {
    const all = alerts.rows();
    const from = all.findIndex((other) => other.dataset.number === anchor);
    const to = all.indexOf(row);
    const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    all.slice(first, last + 1).forEach((other) => pick(other, state));
  }
  function pickNone() {
    picked.clear();
    whole = false;
    show();
  }
  function dress(row) {
    const lead = leads.get(row.dataset.number);
    row.classList.toggle("mj-member", Boolean(lead));
    const kin = row.querySelector(".mj-kin");
    if (kin) {
      kin.hidden = Boolean(lead);
      kin.setAttribute("aria-expanded", String(isOpen(row)));
    }
    const box = row.querySelector("[data-pick]");
    if (!box) return;
    const numbers = numbersOf(row);
    const chosen = whole ? numbers.length : numbers.filter((number) => picked.has(number)).length;
    box.checked = chosen === numbers.length;
    box.indeterminate = chosen > 0 && !box.checked;
    row.classList.toggle("mj-picked", chosen > 0);
  }
  function show() {
    const all = alerts.rows();
    all.forEach(dress);
    const page = document.querySelector("[data-pick-page]");
    if (!page || !form()) return;
    const chosen = all.filter((row) => row.classList.contains("mj-picked")).length;
    page.checked = all.length > 0 && chosen === all.length;
    page.indeterminate = chosen > 0 && !page.checked;
    const some = whole || picked.size > 0;
    form().hidden = !some;
    document.getElementById("calm").hidden = some;
    const told = form().querySelector("[data-picked]");
    const total = Number(list().dataset.total);
    const word = whole ? told.dataset.all.replace("{n}", total.toLocaleString("en-US")) : picked.size === 1 ? told.dataset.one : told.dataset.many.replace("{n}", picked.size);
    if (told.textContent !== word) told.textContent = word;
    form().querySelector("[data-pick-all]").hidden = whole || total <= picked.size;
  }
  on("click", "[data-pick]", (box, event) => {
    const row = box.closest(".mj-row");
    if (event.shiftKey) pickTo(row, box.checked);
    else pick(row, box.checked);
    anchor = row.dataset.number;
    show();
  });
  on("change", "[data-pick-page]", (box) => {
    whole = false;
    alerts.rows().forEach((row) => pick(row, box.checked));
    if (!box.checked) picked.clear();
    show();
  });
  on("click", "[data-pick-all]", () => {
    whole = true;
    show();
  });
  on("click", "[data-pick-none]", pickNone);
  key("KeyX", () => {
    const row = alerts.selected();
    if (!row?.querySelector("[data-pick]")) return false;
    pick(row, !row.querySelector("[data-pick]").checked);
    anchor = row.dataset.number;
    show();
    return true;
  });
  document.addEventListener("keydown", (event) => {
    if (root.dataset.keys === "off" || document.querySelector("dialog[open]") || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.code === "KeyX" && event.shiftKey && !event.ctrlKey && !event.altKey && alerts.selected()) {
      event.preventDefault();
      pickTo(alerts.selected(), true);
      anchor = alerts.selected().dataset.number;
      show();
    } else if (event.key === "Escape" && (whole || picked.size) && !document.querySelector("details.mj-drop[open]")) pickNone();
  });

  // Acting: the chosen alerts, or the list itself, which the server reads again as it was shown
  const active = () => whole || picked.size > 0;
  const possible = (act) => active() && form().querySelector(`[data-many="${act}"]`);
  function send(act, values) {
    if (!possible(act)) return false;
    const { query, place } = form().elements;
    const chosen = whole ? { scope: "all" } : { number: [...picked] };
    const sent = { ...values, ...chosen, act, query: query.value, place: place.value };
    form().toggleAttribute("inert", true);
    mingjing.send(form().getAttribute("action"), { target: "#alerts", swap: "outerHTML", values: sent }).then(() => form()?.toggleAttribute("inert", false));
    return true;
  }
  function begin(act) {
    if (!possible(act)) return false;
    const dialog = document.getElementById(`${act}-dialog`);
    if (!dialog) return send(act, {});
    dialog.querySelector("form").reset();
    dialog.querySelector("[data-about]").textContent = form().querySelector("[data-picked]").textContent;
    mingjing.openDialog(dialog);
    const chosen = alerts.rows().filter((row) => row.classList.contains("mj-picked"));
    const strictest = chosen.find((row) => row.dataset.level === "red" && row.dataset[act]) || chosen.find((row) => row.dataset[act]) || chosen[0];
    if (strictest) document.dispatchEvent(new CustomEvent("mj:asked", { detail: { dialog, row: strictest } }));
    return true;
  }
  on("click", "[data-many]", (button) => begin(button.dataset.many));
  on("submit", "#many", (_form, event) => event.preventDefault());
  on("click", "[data-close-result]", (button) => button.closest(".mj-many-result").remove());
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "alerts") leads.clear();
    if (detail.target.id === "alerts" && detail.requestConfig.verb === "post" && detail.xhr.status === 200) {
      picked.clear();
      whole = list().hasAttribute("data-kept-whole");
      for (const number of (list().dataset.kept || "").split(" ")) if (number) picked.add(number);
    }
    show();
  });
  // The file comes as an answer beside the page, so the page closes the dialog itself.
  on("submit", "form[data-download]", (download) => setTimeout(() => download.closest("dialog").close(), 300));

  alerts.dress(dress);
  alerts.many({ begin, send });
  show();
})();
