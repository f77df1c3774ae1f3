// An enhancement only: every page works without it. Keys, a fresher queue, a print button.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const to = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target || target.disabled || target.closest("fieldset:disabled")) return false;
    if (target.tagName === "BUTTON" || key === "g") target.click();
    else target.focus();
    return true;
  }

  const dialog = document.getElementById("keys");
  const help = () => { if (dialog && !dialog.open) dialog.showModal(); };

  document.addEventListener("keydown", (event) => {
    // Whoever takes a call down has both hands on the keys.
    const sending = event.ctrlKey && event.key === "Enter" && document.activeElement && document.activeElement.closest("form[data-send]");
    if (sending) { event.preventDefault(); sending.requestSubmit(sending.querySelector("button.primary")); return; }
    // A Vietnamese keyboard composes letters: those strokes are not ours.
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && typing(document.activeElement)) { document.activeElement.blur(); return; }
    if (typing(document.activeElement) || (dialog && dialog.open)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?") help();
    else if (!"cgrnt/".includes(event.key) || !press(event.key)) return;
    event.preventDefault();
  });

  const opener = document.getElementById("keys-open");
  if (opener && dialog) { opener.hidden = false; opener.addEventListener("click", help); }
  const printer = document.getElementById("print");
  if (printer) { printer.hidden = false; printer.addEventListener("click", () => window.print()); }

  // On a phone the whole phrase stands below its field: it must follow what is typed there.
  document.addEventListener("input", (event) => {
    const copy = event.target.matches(".phrase") && event.target.parentElement.querySelector(`#${event.target.id} + .phrase-copy`);
    if (copy) copy.textContent = event.target.value;
  });

  // A form sent twice counts once on the server; this only spares the second click.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") return;
    const button = event.submitter;
    if (button) setTimeout(() => { button.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  const live = document.getElementById("live");
  if (!live) return;
  const beat = (text) => { const el = document.getElementById("heartbeat"); if (el) { el.textContent = text; el.classList.add("late"); } };

  async function refresh() {
    if (document.visibilityState === "hidden") return;
    try {
      // The address says that nobody asked by hand: it keeps no session alive, and a session that ended sends away.
      const answer = await fetch(live.dataset.fresh, { credentials: "same-origin", redirect: "manual" });
      if (answer.type === "opaqueredirect") { beat(live.dataset.ended); return; }
      if (!answer.ok) throw new Error();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
      if (!fresh) throw new Error();
      const chosen = document.activeElement && document.activeElement.getAttribute("href");
      live.replaceChildren(...fresh.childNodes);
      if (chosen) { const again = [...live.querySelectorAll("a")].find((a) => a.getAttribute("href") === chosen); if (again) again.focus({ preventScroll: true }); }
    } catch { beat(live.dataset.lost); }
  }
  setInterval(refresh, Number(live.dataset.live));
  document.addEventListener("visibilitychange", refresh);
})();
