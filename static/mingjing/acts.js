// What people do with an alert, on its page and on the list: the dialogs of snooze and assign over a row, the conclusion that is there
// already, and the offer to undo.
(() => {
  const { on } = mingjing;
  const OFFERED = 28000;
  const KEPT = "mj-tip";

  // A dialog over a row of the list: what depends on the row
  function offerMoments(dialog, red) {
    for (const label of dialog.querySelectorAll("[data-long]")) {
      label.hidden = red;
      label.querySelector("input").disabled = red;
    }
    dialog.querySelector("[data-red-help]").hidden = !red;
  }
  async function offerHandlers(dialog, url) {
    const box = dialog.querySelector("[data-handlers]");
    box.replaceChildren();
    const answer = await fetch(url, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected || !dialog.open) return;
    box.innerHTML = await answer.text();
    box.querySelector("input")?.focus();
  }
  document.addEventListener("mj:asked", ({ detail: { dialog, row } }) => {
    if (dialog.id === "snooze-dialog") offerMoments(dialog, row.dataset.level === "red");
    if (dialog.id === "assign-dialog") offerHandlers(dialog, row.dataset.handlers);
  });
  // Whoever sets a moment of their own has chosen it.
  on("input", "#snooze-at", (field) => {
    field.closest(".mj-own").querySelector("input[type=radio]").checked = true;
  });

  // A text that is there already: typing takes its place, and Enter sends it as it stands.
  const asItStood = (field) => field.value === field.defaultValue;
  on("focusin", "textarea[data-ready]", (field) => asItStood(field) && field.select());
  on("keydown", "textarea[data-ready]", (field, event) => {
    const plain = event.code === "Enter" && !(event.ctrlKey || event.shiftKey || event.altKey || event.metaKey || event.isComposing);
    if (!plain || event.repeat || document.documentElement.dataset.keys === "off" || !asItStood(field)) return;
    event.preventDefault();
    field.form.requestSubmit();
  });

  // Undo: where its alert stands on the page, there; else on the page of the alert
  on("submit", "#undo", (_form, event) => {
    const button = event.submitter;
    const number = button.dataset.undo;
    const main = document.getElementById("alert-main");
    const row = document.getElementById(`alert-${number}`);
    const here = main?.dataset.number === number ? main : row;
    if (!here) return;
    event.preventDefault();
    button.closest(".mj-tip").remove();
    const url = main ? `${button.formAction}${location.search}` : button.formAction;
    mingjing.send(url, { target: `#${here.id}`, swap: "outerHTML", values: row ? { fragment: "row" } : {} });
  });

  // Whoever goes on to the next alert takes the offer along.
  mingjing.keepTip = () => {
    const tip = document.querySelector("#tips .mj-tip[data-stays]");
    if (tip) sessionStorage.setItem(KEPT, JSON.stringify({ html: tip.outerHTML, until: Date.now() + OFFERED }));
  };
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (kept && kept.until > Date.now()) {
    document.getElementById("tips").innerHTML = kept.html;
    setTimeout(() => document.querySelector("#tips .mj-tip[data-stays]")?.remove(), kept.until - Date.now());
  }
})();
