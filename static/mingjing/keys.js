// Single keys by their place on the keyboard (event.code); off in fields and when this browser switched them off.
// A page registers a key with mingjing.key(code, handler); an element with data-key="<code>" is clicked.
(() => {
  const root = document.documentElement;
  const handlers = new Map();
  const typing = (element) => element.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

  function inDialog(event, dialog) {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    const choice = digit && dialog.querySelector(`[data-digit="${digit[1]}"]`);
    if (!choice || choice.disabled || typing(event.target)) return;
    event.preventDefault();
    choice.checked = true;
    (document.getElementById(choice.dataset.then) || dialog.querySelector("[data-submit]")).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || root.dataset.keys === "off") return;
    const dialog = document.querySelector("dialog[open]");
    if (dialog) {
      inDialog(event, dialog);
      return;
    }
    if (typing(event.target)) return;
    if (event.code === "Slash" && event.shiftKey) {
      event.preventDefault();
      mingjing.openDialog(document.getElementById("keys"));
      return;
    }
    if (event.shiftKey) return;
    if (event.code === "Slash" && document.getElementById("search")) {
      event.preventDefault();
      document.getElementById("search").focus();
      return;
    }
    const code = event.code.replace(/^Numpad(\d)$/, "Digit$1");
    const handler = handlers.get(code);
    const element = document.querySelector(`[data-key="${code}"]`);
    if (!handler && !element) return;
    if (handler && handler(event) === false) return;
    event.preventDefault();
    if (!handler) element.click();
  });

  const box = document.querySelector("[data-keys-switch]");
  box.checked = root.dataset.keys !== "off";
  box.addEventListener("change", () => {
    root.dataset.keys = box.checked ? "on" : "off";
    mingjing.remember("keys", root.dataset.keys);
  });
  mingjing.key = (code, handler) => handlers.set(code, handler);
})();
