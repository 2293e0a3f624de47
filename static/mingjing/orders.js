// What was typed into a dialog and could not be written comes back open, and so does the dialog that the address names.
(() => {
  const named = document.getElementById(location.hash.slice(1));
  const dialog = document.querySelector("dialog[data-open]") ?? named;
  if (dialog instanceof HTMLDialogElement) window.mingjing.openDialog(dialog);
})();
