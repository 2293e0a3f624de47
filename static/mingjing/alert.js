// One alert: keys, the record's filter, "open the next one afterwards", live changes.
(() => {
  const { on } = mingjing;
  const main = () => document.getElementById("alert-main");

  // What of the record is shown stays so when somebody else's act, or one's own, brings the record anew.
  let shown = "all";
  function show(block) {
    for (const button of block.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === shown));
    for (const entry of block.querySelectorAll("li")) entry.hidden = shown !== "all" && !entry.classList.contains(`mj-by-${shown}`);
  }

  function prepare() {
    const block = document.querySelector("[data-timeline]");
    const bar = block?.querySelector(".mj-seg");
    if (bar) {
      bar.hidden = false;
      const count = (name) => block.querySelectorAll(`li${name === "all" ? "" : `.mj-by-${name}`}`).length;
      for (const button of bar.querySelectorAll("button")) button.querySelector("span").textContent = count(button.dataset.show);
      show(block);
    }
    const box = document.querySelector("input[type=checkbox][data-then]");
    if (box) box.checked = mingjing.recall("then") === "next";
  }
  on("click", "[data-timeline] [data-show]", (button) => {
    shown = button.dataset.show;
    show(button.closest("[data-timeline]"));
  });
  on("change", "input[type=checkbox][data-then]", (box) => mingjing.remember("then", box.checked ? "next" : "stay"));

  // After these there is nothing more to do here.
  const LEAVING = new Set(["dismiss", "snooze", "assign", "issue"]);
  let acted = "";
  document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
    acted = detail.elt.dataset?.actForm || "";
  });
  document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    prepare();
    const next = document.getElementById("next-alert");
    if (LEAVING.has(acted) && detail.xhr.status === 200 && next && mingjing.recall("then") === "next") {
      mingjing.keepTip();
      location.assign(next.href);
    }
    acted = "";
  });

  // Somebody else acted on this alert, or later data changed it. Not while a dialog holds typed text, nor while an act is under way: its
  // answer brings the alert as it is then, and has no place for its message once its form is gone.
  const occupied = () => document.querySelector("dialog[open]") || main()?.querySelector(".htmx-request");
  document.addEventListener("mj:alert", ({ detail }) => {
    const node = main();
    if (!node?.dataset.main || detail.number !== node.dataset.number || occupied()) return;
    htmx.ajax("GET", node.dataset.main, { target: "#alert-main", swap: "outerHTML" });
  });
  // The answer to such a question may come when a dialog has been opened meanwhile: what is typed there stays.
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.verb === "get" && detail.target?.id === "alert-main" && occupied()) detail.shouldSwap = false;
  });
  prepare();
})();
