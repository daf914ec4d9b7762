// Keeps the page up to date and shows times as the reader's own clock does. Without it the page is complete, only older.
'use strict';

function showLocalTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  for (const time of document.querySelectorAll('time')) {
    time.title = time.textContent;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

let refreshing = false;
let refreshAgain = false;

// The server renders the page in one place: a change is seen by asking for the page again and taking its main part.
async function refresh() {
  if (refreshing) {
    refreshAgain = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetch(location.pathname, { cache: 'no-store' });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // Offline: the next event, or the reconnecting stream, tries again.
  }
  refreshing = false;
  if (refreshAgain) {
    refreshAgain = false;
    refresh();
  }
}

function take(page) {
  const before = document.querySelector('h1').textContent;
  document.title = page.title;
  for (const part of ['main', 'footer']) document.querySelector(part).replaceWith(page.querySelector(part));
  showLocalTimes();
  const headline = document.querySelector('h1').textContent;
  const newest = document.querySelector('.past p');
  document.querySelector('[role=status]').textContent = headline === before && newest ? newest.textContent : headline;
}

function follow(address) {
  const events = new EventSource(address);
  events.addEventListener('changed', refresh);
  events.addEventListener('end', () => {
    events.close();
    refresh();
  });
}

showLocalTimes();
if (document.body.dataset.events) follow(document.body.dataset.events);
