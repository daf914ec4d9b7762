// Keeps the marked parts of a page fresh. Without this script the page reloads itself now and then.
"use strict";
(() => {
  // While a retry is under way the person waits for its outcome.
  const pause = () => document.querySelector(".say.busy") ? 1500 : 5000;
  const fresh = document.getElementById("fresh");
  let failures = 0;

  // A person who has marked text or is on a button is not disturbed.
  const busy = part => part.contains(document.activeElement) || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));

  async function refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const newer = page.getElementById(part.id);
        if (newer && newer.innerHTML !== part.innerHTML && !busy(part)) part.replaceChildren(...newer.childNodes);
      }
      failures = 0;
      fresh.textContent = "";
    } catch {
      if (++failures === 2) fresh.textContent = "No answer from the server: what you see may be old.";
    }
  }

  const soon = () => setTimeout(() => refresh().finally(soon), pause());
  soon();
  document.addEventListener("visibilitychange", refresh);
})();
