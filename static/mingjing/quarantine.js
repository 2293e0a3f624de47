// The quarantine: how many rows are marked, all of those shown at once, and what was typed comes back open.
(() => {
  const causes = document.querySelector(".mj-causes");
  if (causes && matchMedia("(max-width: 999px)").matches) causes.open = false;
  const boxes = () => [...document.querySelectorAll('input[name="row"]')];
  const all = document.querySelector("[data-mark-all]");
  const scopes = document.getElementsByName("scope");
  const show = () => {
    const marked = boxes().filter((box) => box.checked).length;
    for (const place of document.querySelectorAll("[data-marked]")) {
      if (marked) place.textContent = place.dataset.marked.replace("{n}", marked);
      if (place.closest(".mj-listbar")) place.hidden = !marked;
    }
    if (all) {
      all.checked = marked > 0 && marked === boxes().length;
      all.indeterminate = marked > 0 && !all.checked;
    }
    for (const scope of scopes) if (scope.value === "rows") scope.disabled = marked === 0;
    const chosen = marked ? "rows" : "all";
    for (const scope of scopes) scope.checked = scope.value === chosen;
  };
  if (!scopes.length) return;
  const typed = document.querySelector("dialog[data-open]");
  const before = [...scopes].find((scope) => scope.checked)?.value;
  all?.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    show();
  });
  window.mingjing.on("change", 'input[name="row"]', show);
  show();
  if (typed) {
    for (const scope of scopes) if (!scope.disabled) scope.checked = scope.value === before || scope.checked;
    window.mingjing.openDialog(typed);
  }
})();
