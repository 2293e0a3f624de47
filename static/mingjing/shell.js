// The shell: menu, pop-ups, dialogs, tips, sound switch, and what every htmx answer needs.
(() => {
  const root = document.documentElement;
  const words = document.getElementById("words").dataset;
  const on = (type, selector, handler) =>
    document.addEventListener(type, (event) => {
      const target = event.target.closest?.(selector);
      if (target) handler(target, event);
    });
  const remember = (name, value) => {
    try {
      localStorage.setItem(`mj-${name}`, value);
    } catch {
      // A browser that keeps nothing still works; it only forgets.
    }
  };
  const recall = (name) => {
    try {
      return localStorage.getItem(`mj-${name}`);
    } catch {
      return null;
    }
  };

  // Menu
  const menuButton = document.querySelector("[data-menu-button]");
  const openMenu = (open) => {
    root.toggleAttribute("data-menu-open", open);
    menuButton.setAttribute("aria-expanded", String(open));
    document.querySelector("[data-menu-close]").hidden = !open;
    if (open) document.querySelector(".mj-menu a")?.focus();
    else menuButton.focus();
  };
  on("click", "[data-menu-button]", () => openMenu(!root.hasAttribute("data-menu-open")));
  on("click", "[data-menu-close]", () => openMenu(false));
  const foldButton = document.querySelector("[data-fold]");
  foldButton?.setAttribute("aria-pressed", String(root.dataset.menu === "folded"));
  on("click", "[data-fold]", (button) => {
    root.dataset.menu = root.dataset.menu === "folded" ? "open" : "folded";
    button.setAttribute("aria-pressed", String(root.dataset.menu === "folded"));
    remember("menu", root.dataset.menu);
  });
  on("click", "[data-search]", () => {
    root.toggleAttribute("data-searching", true);
    document.getElementById("search").focus();
  });
  document.getElementById("search")?.addEventListener("blur", () => root.removeAttribute("data-searching"));

  // Pop-ups: one open at a time, closed by a click elsewhere or Escape
  document.addEventListener("click", (event) => {
    for (const drop of document.querySelectorAll("details.mj-drop[open]")) if (!drop.contains(event.target)) drop.open = false;
  });
  // What a pop-up asks the server for (data-asks) is asked each time it opens.
  document.addEventListener("toggle", ({ target }) => target.open && target.matches("details[data-asks]") && htmx.trigger(target, "mj:opened"), true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const drop = document.querySelector("details.mj-drop[open]");
    if (drop) {
      drop.open = false;
      drop.querySelector("summary").focus();
    } else if (root.hasAttribute("data-menu-open")) openMenu(false);
  });

  // Dialogs
  const openDialog = (dialog) => {
    if (location.hash === `#${dialog.id}`) {
      // Without a step in the history; replaceState alone would leave it the target, shown by style after it is closed.
      location.replace("#main");
      history.replaceState(null, "", location.pathname + location.search);
    }
    if (!dialog.open) dialog.showModal();
  };
  on("click", "[data-dialog]", (button, event) => {
    event.preventDefault();
    button.closest("details")?.removeAttribute("open");
    openDialog(document.getElementById(button.dataset.dialog));
  });
  on("click", "dialog [data-close]", (button, event) => {
    event.preventDefault();
    button.closest("dialog").close();
  });
  // An address may name a dialog of its page.
  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches("dialog")) openDialog(named);
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("dialog form");
    if (form && event.ctrlKey && event.code === "Enter") {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // Tips
  const tip = (text) => {
    const node = document.getElementById("tip-template").content.cloneNode(true);
    node.querySelector(".mj-tip-text").textContent = text;
    document.getElementById("tips").replaceChildren(node);
  };
  // What went well leaves by itself; what did not stays until it is closed.
  const fade = () => {
    for (const done of document.querySelectorAll("#tips .mj-tip-success:not([data-fading])")) {
      done.dataset.fading = "";
      // What can be undone is offered as long as the server takes it.
      setTimeout(() => done.remove(), done.hasAttribute("data-stays") ? 28000 : 8000);
    }
  };
  fade();
  document.body.addEventListener("htmx:afterSettle", fade);
  document.body.addEventListener("htmx:oobAfterSwap", fade);
  on("click", "[data-close-tip]", (button) => button.closest(".mj-tip").remove());
  // What was asked was refused whole; of what was not answered nobody here knows whether it was done.
  const reads = (event) => event.detail.requestConfig.verb === "get";
  const failed = (event, status) => (status >= 500 && !reads(event) ? words.broken : words.failed).replace("{n}", status);
  document.body.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    tip(status === 401 || status === 403 ? words.expired : failed(event, status));
  });
  for (const unanswered of ["htmx:sendError", "htmx:timeout"]) document.body.addEventListener(unanswered, (event) => tip(reads(event) ? words.unread : words.lost));
  // A login page that answers a fragment's request must not land inside the page.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (/<html[\s>]/i.test(event.detail.xhr.responseText.slice(0, 2000))) {
      event.detail.shouldSwap = false;
      tip(words.expired);
    }
  });

  // Sound on red, for who is on duty: a switch of this browser. A browser lets a page sound only after a click in it; going on duty is one,
  // and the next page of the same tab may go on.
  const onDuty = () => Boolean(document.querySelector("#duty[data-on-duty]"));
  const sound = () => onDuty() && recall("sound") !== "off";
  let audio = null;
  const audible = () => sound() && audio?.state === "running";
  const showSound = () => {
    for (const button of document.querySelectorAll("[data-sound]")) {
      const locked = sound() && !audible();
      button.setAttribute("aria-pressed", String(sound()));
      button.toggleAttribute("data-locked-now", locked);
      button.querySelector("span").textContent = locked ? button.dataset.locked : sound() ? button.dataset.on : button.dataset.off;
    }
  };
  const unlock = () => {
    sessionStorage.setItem("mj-unlocked", "1");
    audio ||= new AudioContext();
    if (audio.state === "running") return showSound();
    return audio.resume().then(showSound);
  };
  const beep = () => {
    if (!audible()) return;
    for (const [start, tone] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const oscillator = audio.createOscillator();
      const gain = audio.createGain();
      oscillator.frequency.value = tone;
      gain.gain.value = 0.15;
      oscillator.connect(gain).connect(audio.destination);
      oscillator.start(audio.currentTime + start);
      oscillator.stop(audio.currentTime + start + 0.18);
    }
  };
  on("click", "[data-sound]", () => {
    const waits = sound() && !audible();
    if (!waits) remember("sound", sound() ? "off" : "on");
    showSound();
    if (sound()) Promise.resolve(unlock()).then(beep);
  });
  on("submit", "[data-duty-start]", (form) => {
    const here = form.querySelector("[data-here]");
    if (here) here.value = location.pathname + location.search;
    remember("sound", "on");
    unlock();
  });
  for (const gesture of ["pointerdown", "keydown"])
    document.addEventListener(gesture, (event) => {
      if (sound() && !audible() && !event.target.closest?.("[data-sound]")) unlock();
    });
  if (sound() && sessionStorage.getItem("mj-unlocked")) unlock();
  showSound();
  document.body.addEventListener("htmx:afterSettle", showSound);

  on("click", "[data-print]", () => window.print());
  const stamp = document.querySelector("[data-watermark]");
  const two = (number) => String(number).padStart(2, "0");
  setInterval(() => {
    const now = new Date();
    const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
    if (stamp) stamp.textContent = `${stamp.dataset.watermark} ${day} ${two(now.getHours())}:${two(now.getMinutes())}`;
  }, 60000);

  // An act of a person, sent by itself: what htmx is asked without a source waits in one line, of which it keeps but the last, so that an
  // act pressed while a row was being fetched was lost when another row was to be fetched. Whether an answer came; one that did not is told
  // above, and the page goes on.
  function send(url, options) {
    const source = document.createElement("span");
    source.hidden = true;
    document.body.append(source);
    return htmx.ajax("POST", url, { ...options, source }).then(() => true, () => false).finally(() => source.remove());
  }

  window.mingjing = { on, tip, openDialog, remember, recall, audible, beep, send };
})();
