// Runs before the first paint: what this computer remembers about the shell.
(() => {
  const root = document.documentElement;
  const read = (name) => {
    try {
      return localStorage.getItem(`mj-${name}`);
    } catch {
      return null;
    }
  };
  root.dataset.js = "on";
  root.dataset.menu = read("menu") === "folded" ? "folded" : "open";
  root.dataset.keys = read("keys") === "off" ? "off" : "on";
  const preview = read("preview");
  root.dataset.preview = preview || (window.innerWidth >= 1400 ? "on" : "off");
})();
