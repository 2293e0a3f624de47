// Sending files: chosen or dropped anywhere on the page, one after the other, each with its own progress.
(() => {
  const form = document.querySelector("[data-send]");
  const list = document.getElementById("sending");
  const input = form.querySelector("input[type=file]");
  const words = list.dataset;
  const waiting = [];
  let sending = false;

  function line(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "mj-sending-name";
    name.textContent = file.name;
    const bar = document.createElement("progress");
    bar.className = "mj-bar";
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const told = document.createElement("span");
    told.className = "mj-sending-told";
    told.textContent = words.waiting;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "mj-link";
    button.textContent = words.cancel;
    item.append(name, bar, told, button);
    list.append(item);
    return { file, item, bar, told, button };
  }

  function queue(files) {
    for (const file of files) {
      const job = line(file);
      job.button.onclick = () => {
        waiting.splice(waiting.indexOf(job), 1);
        job.item.remove();
      };
      waiting.push(job);
    }
    next();
  }

  function fail(job, text) {
    job.told.textContent = text;
    job.item.setAttribute("role", "alert");
    job.item.classList.add("mj-failed");
    job.bar.hidden = true;
    job.button.textContent = words.retry;
    job.button.onclick = () => {
      job.item.remove();
      queue([job.file]);
    };
    const close = document.createElement("button");
    close.type = "button";
    close.className = "mj-link";
    close.textContent = words.close;
    close.onclick = () => job.item.remove();
    job.item.append(close);
  }

  function answered(job, request) {
    if (request.status === 200 && !request.responseText) {
      job.item.remove();
      document.body.dispatchEvent(new CustomEvent("mj:uploads"));
    } else if (request.status === 422) fail(job, request.responseText);
    else if (request.status === 401 || request.status === 403 || request.status === 200) fail(job, words.expired);
    else fail(job, words.refused.replace("{n}", request.status));
  }

  function next() {
    const job = sending ? null : waiting.shift();
    if (!job) return;
    sending = true;
    const request = new XMLHttpRequest();
    const over = (tell) => {
      sending = false;
      tell();
      next();
    };
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.upload.onprogress = (event) => {
      const percent = event.total ? Math.floor((event.loaded * 100) / event.total) : 0;
      job.bar.value = percent;
      job.told.textContent = percent < 100 ? `${percent}%` : words.sent;
    };
    request.onload = () => over(() => answered(job, request));
    request.onerror = () => over(() => fail(job, words.broken));
    request.onabort = () => over(() => job.item.remove());
    job.button.onclick = () => request.abort();
    const body = new FormData();
    body.append("file", job.file);
    request.send(body);
  }

  input.addEventListener("change", () => {
    queue([...input.files]);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    queue([...input.files]);
    input.value = "";
  });

  // Dropped anywhere on the page; a drop beside the zone must not make the browser leave for the file.
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const over = (change) => {
    depth = Math.max(depth + change, 0);
    form.toggleAttribute("data-over", depth > 0);
  };
  document.addEventListener("dragenter", (event) => carriesFiles(event) && over(1));
  document.addEventListener("dragleave", (event) => carriesFiles(event) && over(-1));
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    over(0);
    const folders = [...event.dataTransfer.items].filter((item) => item.webkitGetAsEntry?.()?.isDirectory);
    if (folders.length) mingjing.tip(words.folder);
    const names = new Set(folders.map((item) => item.webkitGetAsEntry().name));
    queue([...event.dataTransfer.files].filter((file) => !names.has(file.name)));
  });

  window.addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
})();
