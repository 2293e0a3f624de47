// What was typed into a dialog and could not be written comes back open.
(() => {
  const typed = document.querySelector("dialog[data-open]");
  if (typed) window.mingjing.openDialog(typed);
})();
