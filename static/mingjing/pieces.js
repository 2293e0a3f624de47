// Attachments: taken with the camera or chosen, sent in pieces; a cut connection costs one piece and goes on where it was.
// A page may have several such forms; each names the list of what is on its way and that of what is there.
(() => {
  const forms = [...document.querySelectorAll("[data-pieces]")].map((form) => taking(form));
  mingjing.sendingPieces = () => forms.some((busy) => busy());

  function taking(form) {
    const words = form.dataset;
    const list = document.getElementById(words.list || "pieces");
    const papers = words.into || "papers";
    const token = form.elements.csrfmiddlewaretoken.value;
    const PIECE = 256 * 1024;
    const AGAIN = 5000;
    const waiting = [];
    let sending = false;

    function line(file) {
      const item = document.createElement("li");
      const name = document.createElement("b");
      name.append(document.createElement("span"));
      name.firstChild.textContent = file.name;
      const bar = document.createElement("progress");
      bar.className = "mj-bar";
      bar.max = file.size || 1;
      bar.value = 0;
      bar.setAttribute("aria-label", file.name);
      const told = document.createElement("small");
      told.className = "mj-piece-told";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "mj-link";
      button.hidden = true;
      item.append(name, bar, told, button);
      list.append(item);
      return { file, item, bar, told, button };
    }
    function fail(job, text) {
      job.bar.hidden = true;
      job.told.textContent = words.failed.replace("{why}", text);
      job.item.classList.add("mj-piece-failed");
      job.item.setAttribute("role", "alert");
      job.button.hidden = false;
      job.button.textContent = words.close;
      job.button.onclick = () => job.item.remove();
    }
    const pause = (job) =>
      new Promise((go) => {
        const on = () => {
          clearTimeout(timer);
          window.removeEventListener("online", on);
          job.button.hidden = true;
          go();
        };
        const timer = setTimeout(on, AGAIN);
        window.addEventListener("online", on);
        job.told.textContent = words.cut.replace("{n}", Math.floor((job.bar.value * 100) / job.bar.max));
        job.button.hidden = false;
        job.button.textContent = words.retry;
        job.button.onclick = on;
      });

    // What the server says; an Error with `said` is its last word, anything else a connection that will come back.
    async function ask(url, options) {
      const answer = await fetch(url, { method: "POST", redirect: "manual", ...options, headers: { "X-CSRFToken": token, ...options.headers } });
      if (answer.status >= 502) throw new Error("away");
      const json = (answer.headers.get("Content-Type") || "").includes("json");
      const data = json ? await answer.json() : {};
      if (answer.ok && json) return data;
      if (answer.status === 409) throw new Error("begin again");
      const last = new Error("refused");
      last.said = data.error || (answer.status === 401 || answer.type === "opaqueredirect" ? words.expired : String(answer.status));
      throw last;
    }
    async function through(job) {
      const { file } = job;
      const about = new FormData();
      about.append("name", file.name);
      about.append("size", file.size);
      about.append("key", `${file.name}:${file.size}:${file.lastModified}`.slice(-200));
      const begun = await ask(words.pieces, { body: about });
      let at = begun.offset;
      for (;;) {
        job.bar.value = at;
        job.told.textContent = `${Math.floor((at * 100) / file.size)}%`;
        const body = await file.slice(at, at + PIECE).arrayBuffer();
        const url = words.pieces.replace(/begin\/$/, `piece/${begun.token}/`);
        const done = await ask(url, { body, headers: { "Content-Type": "application/octet-stream", "Upload-Offset": String(at) } });
        at = done.offset;
        if (done.done) return;
      }
    }
    async function show() {
      const answer = await fetch(words.papers, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const box = document.createElement("template");
      box.innerHTML = await answer.text();
      document.getElementById(papers).replaceWith(box.content.querySelector(`#${papers}`));
    }
    async function next() {
      const job = sending ? null : waiting.shift();
      if (!job) return;
      sending = true;
      for (;;) {
        try {
          await through(job);
          await show();
          job.item.remove();
          break;
        } catch (problem) {
          if (problem.said) {
            fail(job, problem.said);
            break;
          }
          await pause(job);
        }
      }
      sending = false;
      next();
    }
    form.addEventListener("change", ({ target }) => {
      for (const file of target.files) {
        const job = line(file);
        if (file.size > Number(words.largest)) fail(job, words.tooLarge);
        else waiting.push(job);
      }
      target.value = "";
      next();
    });
    return () => sending || waiting.length > 0;
  }
})();
