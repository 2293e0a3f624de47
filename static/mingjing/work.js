// The workbench: keys, and a word that something changed. Rows never move by themselves; the figures of the tabs follow.
(() => {
  const { key } = mingjing;
  const rows = () => [...document.querySelectorAll(".mj-item a")];
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const index = all.indexOf(document.activeElement);
    const next = all[Math.min(Math.max(index + step, 0), all.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  key("KeyJ", () => move(1));
  key("KeyK", () => move(-1));
  key("Enter", (event) => {
    const next = document.querySelector(".mj-next a");
    if (!next || event.target.closest("a, button, summary")) return false;
    next.click();
    return true;
  });

  const shown = document.querySelector("#work-tabs [aria-current] span")?.textContent;
  const listed = () => new Set([...document.querySelectorAll(".mj-item[data-number]")].map((row) => row.dataset.number));
  const here = new URL(location.href);
  const button = document.getElementById("work-changed");
  button.href = here.pathname + here.search;
  here.searchParams.set("fragment", "tabs");
  let timer = 0;
  async function look() {
    const answer = await fetch(here, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const box = document.createElement("template");
    box.innerHTML = await answer.text();
    document.getElementById("work-tabs").replaceChildren(...box.content.querySelector("#work-tabs").children);
    if (document.querySelector("#work-tabs [aria-current] span")?.textContent !== shown) button.hidden = false;
  }
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 1200);
  };
  document.addEventListener("mj:alert", ({ detail }) => {
    if (listed().has(detail.number)) button.hidden = false;
    soon();
  });
  document.addEventListener("mj:sync", soon);
  document.addEventListener("mj:reset", soon);
})();
