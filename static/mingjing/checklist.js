// The tree-table folds: a post hides its items, a line all of its posts.
(() => {
  const { on } = window.mingjing;
  const fold = (button) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    return open;
  };
  on("click", "[data-fold-post]", (button) => {
    const open = fold(button);
    for (const row of button.closest("tbody").querySelectorAll("tr:not(.mj-group)")) row.hidden = !open;
  });
  on("click", "[data-fold-line]", (button) => {
    const open = fold(button);
    let next = button.closest("tbody").nextElementSibling;
    while (next && !next.classList.contains("mj-tree-line")) {
      next.hidden = !open;
      next = next.nextElementSibling;
    }
  });
})();
