// What is more comfortable with JavaScript; every page works without.

"use strict";

// The number of runs that a filter would leave, while it is typed.

for (const form of document.querySelectorAll("form[data-count]")) {
  const output = form.querySelector("output");
  let waiting = 0;
  let asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    asked += 1;
    const data = new URLSearchParams(new FormData(form));
    const operator = data.get("add_operator") || "";
    if (!data.get("add_name") || (!data.get("add_value") && !operator.endsWith("exists"))) {
      output.textContent = "";
      return;
    }
    waiting = setTimeout(async () => {
      const mine = asked;
      const response = await fetch(`${form.dataset.count}?${data}`).catch(() => null);
      const told = response ? await response.json().catch(() => null) : null;
      if (mine !== asked) return;
      if (!told) output.textContent = "";
      else if (told.error) output.textContent = told.error;
      else output.textContent = `${told.count.toLocaleString("en")} of ${told.total.toLocaleString("en")} runs`;
    }, 250);
  });
}

// A choice that is a form by itself.

for (const select of document.querySelectorAll("select[data-submits]")) {
  select.addEventListener("change", () => select.form.submit());
  const button = select.form.querySelector("button");
  if (button) button.hidden = true;
}

// All runs of a page are picked at once, and how many are is told.

for (const all of document.querySelectorAll("input[data-all]")) {
  const form = all.form;
  const boxes = [...form.querySelectorAll(`input[name="${all.dataset.all}"]`)];
  const told = form.querySelector("[data-picked]");
  const otherwise = told ? told.textContent : "";
  const tell = () => {
    const picked = boxes.filter((box) => box.checked).length;
    all.checked = picked > 0 && picked === boxes.length;
    all.indeterminate = picked > 0 && picked < boxes.length;
    if (told) told.textContent = picked ? `${picked} picked` : otherwise;
  };
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
}

// A value is copied whole.

if (navigator.clipboard) {
  for (const element of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    const usual = `Copy ${element.dataset.copy.slice(0, 40)}`;
    const say = (text, label) => {
      button.textContent = text;
      button.setAttribute("aria-label", label);
    };
    button.type = "button";
    button.className = "copy";
    say("copy", usual);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(element.dataset.copy);
        say("copied", "Copied");
      } catch {
        say("not allowed", "The browser does not allow copying: select the value instead");
      }
      setTimeout(() => say("copy", usual), 1500);
    });
    (element.closest("details.whole") || element).after(button);
  }
}

// A menu closes when something else is wanted.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest ? event.target.closest("details.menu[open], details.panel[open]") : null;
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Several pinned columns stand side by side; without a script the first alone stays in sight.

for (const table of document.querySelectorAll("table")) {
  const heads = [...table.querySelectorAll("thead th.pinned")];
  if (heads.length < 2) continue;
  table.classList.add("pins");
  let left = 0;
  for (const head of heads) {
    for (const row of table.rows) row.cells[head.cellIndex].style.left = `${left}px`;
    left += head.offsetWidth;
  }
}

// What is read at first is told without the page being loaded anew each time.

async function wait() {
  const response = await fetch(location.href).catch(() => null);
  if (response && response.status !== 503) {
    location.reload();
    return;
  }
  if (response) {
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const name of ["value", "max"]) {
      const now = fresh.querySelector("progress").getAttribute(name);
      if (now) document.querySelector("progress").setAttribute(name, now);
    }
    document.querySelector("[data-loading]").textContent =
      fresh.querySelector("[data-loading]").textContent;
  }
  setTimeout(wait, 1000);
}

if (document.querySelector("[data-loading]")) setTimeout(wait, 1000);

// A run that is alive refreshes by itself.

const EVERY = 3000;  // milliseconds

async function refresh() {
  const state = document.querySelector('[data-live="state"]');
  if (!state || !state.classList.contains("running")) return;
  if (document.hidden) {
    setTimeout(refresh, EVERY);
    return;
  }
  const response = await fetch(location.href).catch(() => null);
  const text = response && response.ok ? await response.text() : "";
  if (text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
      if (now && !old.contains(document.activeElement)) replace(old, now);
    }
  }
  setTimeout(refresh, EVERY);
}

function replace(old, now) {
  if (old.dataset.live === "charts") {
    document.dispatchEvent(new CustomEvent("charts", { detail: now }));
    return;
  }
  if (old.innerHTML !== now.innerHTML || old.className !== now.className) {
    old.innerHTML = now.innerHTML;
    old.className = now.className;
  }
}

setTimeout(refresh, EVERY);
