// Claims tasks, sends decisions, and keeps the pages up to date. Without it the pages are complete, but for reading only.
'use strict';
(() => {
  const result = document.querySelector('.result');
  const task = document.body.dataset.task;
  const signedOut = 'You are signed out. Load this page again to sign in.';
  let typed = false;

  // Who has begun to decide is not disturbed: what became of the task is told when the decision is sent.
  async function refresh(disturb = false) {
    if (typed && !disturb) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, redirect: 'error', signal: AbortSignal.timeout(10000) });
      if (answer.status === 401) result.textContent = signedOut;
      if (!answer.ok) return;
      const newer = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (typed && !disturb) return;
      typed = false;
      for (const part of ['#live', '.past']) {
        const own = document.querySelector(part);
        if (own && own.innerHTML !== newer.querySelector(part).innerHTML) own.replaceWith(newer.querySelector(part));
      }
      show();
    } catch {
      // Offline: the stream comes back by itself, and with it the next look.
    }
  }

  // A key for each new wish; the same one when the same wish is sent again because nobody answered.
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');
  let wish = { text: '', key: '' };

  async function send(action, body) {
    const text = JSON.stringify([action, body]);
    if (wish.text !== text) wish = { text, key: newKey() };
    const headers = { Accept: 'application/json', 'Idempotency-Key': `"${wish.key}"` };
    if (body) headers['Content-Type'] = 'application/json';
    disable(true);
    try {
      const answer = await fetch(`/v1/tasks/${encodeURIComponent(task)}/${action}`, { method: 'POST', headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(35000) });
      if (answer.status === 401) return tell(signedOut);
      wish = { text: '', key: '' };
      if (answer.status === 202) return tell('It is on its way. This page shows what becomes of it.', true);
      const decided = body && 'reached' in body ? 'Noted.' : 'Decided. The order goes on by itself.';
      if (answer.ok) return tell({ claim: 'You have the task.', release: 'The task is given back.', answer: decided }[action], true);
      const problem = await answer.json();
      showFaults(problem.errors ?? []);
      tell(problem.detail, answer.status === 409);
    } catch {
      tell('No answer from the server. Try again in a moment: it is done once, however often you try.');
    } finally {
      disable(false);
    }
  }

  function tell(text, changed = false) {
    result.textContent = text;
    if (changed) refresh(true);
  }

  function disable(yes) {
    for (const button of document.querySelectorAll('#live button')) button.disabled = yes;
  }

  function showFaults(faults) {
    for (const shown of document.querySelectorAll('.fault')) shown.remove();
    for (const input of document.querySelectorAll('[data-pointer]')) {
      const fault = faults.find(one => input.dataset.pointer.split(' ').includes(one.pointer));
      input.toggleAttribute('aria-invalid', false);
      if (!fault) continue;
      input.setAttribute('aria-invalid', 'true');
      input.insertAdjacentHTML('afterend', '<span class="fault"></span>');
      input.nextElementSibling.textContent = fault.detail;
    }
    document.querySelector('[aria-invalid=true]')?.focus();
  }

  // People write 1 990,50 as well as 1990.50.
  const number = text => Number(text.replace(/\s/g, '').replace(',', '.'));

  const form = () => document.getElementById('answer');
  const lines = () => [...form().querySelectorAll('fieldset')].map(part => {
    const value = name => part.querySelector(`[name=${name}]`).value.trim();
    const decision = part.querySelector('[type=radio]:checked').value;
    if (decision === 'drop') return { lineId: part.dataset.line, decision };
    const unitPrice = { amount: number(value('unitPrice')), currency: form().dataset.currency };
    return { lineId: part.dataset.line, decision, substitute: { sku: value('sku'), name: value('name'), quantity: Number(value('quantity')), unitPrice } };
  });

  function total() {
    const cents = lines().reduce((sum, { substitute: goods }) => sum + (goods ? Math.round(goods.unitPrice.amount * 1000) * goods.quantity : 0), Math.round(number(form().dataset.rest) * 1000));
    return cents / 1000;
  }

  function show() {
    for (const button of document.querySelectorAll('#live [data-action]')) button.hidden = false;
    for (const part of document.querySelectorAll('#live form')) part.hidden = false;
    if (!form()) return;
    for (const part of form().querySelectorAll('fieldset')) {
      const goods = part.querySelector('.goods');
      goods.hidden = part.querySelector('[type=radio]:checked').value === 'drop';
      for (const input of goods.querySelectorAll('input')) input.disabled = goods.hidden;
    }
    const sum = total();
    document.getElementById('total').textContent = Number.isFinite(sum) ? `${sum.toFixed(2)} ${form().dataset.currency}` : 'what it comes to';
    document.getElementById('agreed').hidden = !(sum > number(form().dataset.agreed));
  }

  document.addEventListener('click', click => {
    const button = click.target.closest('[data-action]');
    if (button) send(button.dataset.action, button.dataset.body && JSON.parse(button.dataset.body));
  });
  document.addEventListener('input', () => {
    typed = true;
    show();
  });
  document.addEventListener('submit', submit => {
    submit.preventDefault();
    showFaults([]);
    if (submit.target.id === 'cancel') return send('answer', { cancelReason: submit.target.elements.cancelReason.value.trim() });
    const agreed = document.getElementById('agreed');
    const more = agreed.hidden ? {} : { agreedTotal: { amount: number(agreed.querySelector('input').value), currency: form().dataset.currency } };
    if (!agreed.hidden && !agreed.querySelector('input').value.trim()) delete more.agreedTotal;
    return send('answer', { lines: lines(), ...more });
  });

  const events = new EventSource(document.body.dataset.events);
  events.addEventListener('task', event => (task && JSON.parse(event.data).taskId !== task) || refresh());
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  show();
})();
