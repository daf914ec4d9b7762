// Asks again for an order, and keeps the list up to date. Without it the list is complete, but for reading only.
'use strict';
(() => {
  const tasks = document.getElementById('tasks');
  const result = document.querySelector('.result');
  const asked = new Set();
  let shown = tasks.innerHTML;
  let silent = 0;

  const lost = 'No answer from the server: what you see may be old.';
  const signedOut = 'You are signed out. Load this page again to sign in.';

  // An order that was asked for stays so until the list shows what came of it.
  function showButtons() {
    for (const button of tasks.querySelectorAll('button')) {
      button.hidden = false;
      button.disabled = asked.has(button.dataset.order);
    }
  }

  // Whoever is on a button or a link, or has marked text, is not disturbed.
  const busy = () => {
    const selection = getSelection();
    return tasks.contains(document.activeElement) || (!selection.isCollapsed && tasks.contains(selection.anchorNode));
  };

  async function refresh(disturb = false) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, redirect: 'error', signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(answer.status === 401 ? signedOut : lost);
      const newer = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('tasks');
      if (silent > 1) result.textContent = '';
      silent = 0;
      if (newer.innerHTML === shown || (busy() && !disturb)) return;
      shown = newer.innerHTML;
      tasks.replaceChildren(...newer.childNodes);
      showButtons();
    } catch (fault) {
      if (++silent > 1) result.textContent = fault.message === signedOut ? signedOut : lost;
    }
  }

  async function askAgain(button) {
    const order = button.dataset.order;
    asked.add(order);
    showButtons();
    result.textContent = await outcome(order);
    setTimeout(() => {
      asked.delete(order);
      showButtons();
      refresh(true);
    }, 3000);
  }

  async function outcome(order) {
    try {
      const answer = await fetch(`/v1/orders/${encodeURIComponent(order)}/resume`, { method: 'POST', headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(30000) });
      if (answer.ok) return `Order ${order}: the hub asks again. If nobody answers, the order comes back to this list.`;
      if (answer.status === 401) return signedOut;
      return `Order ${order}: not asked again. ${(await answer.json()).detail}`;
    } catch {
      return `Order ${order}: no answer from the server. Try again in a moment; to ask twice does no harm.`;
    }
  }

  tasks.addEventListener('click', click => {
    const button = click.target.closest('button');
    if (button) askAgain(button);
  });
  const soon = () => setTimeout(() => (document.hidden ? Promise.resolve() : refresh()).finally(soon), 10000);
  showButtons();
  soon();
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
})();
