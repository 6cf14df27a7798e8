/**
 * The waiting room: what the server says of it, fetched again when there is news, when the page is seen again, and every
 * half minute. Only what is new is read out, never the whole of it again.
 */
import { room } from './room.js';

const EVERY = 30000;
const place = room.find('[data-waiting-room]');
let timer = 0;
let question = 0;
let shown = '';
/** What was said of each thing. @type {{[thing: string]: string}} */
const said = {};

function waits() {
  return room.root.dataset.view === 'waiting';
}

function refresh() {
  clearTimeout(timer);
  if (!waits()) return;
  timer = setTimeout(refresh, EVERY);
  const mine = ++question;
  fetch(place.dataset.source || '', { credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' } })
    .then(response => (response.ok ? response.text() : Promise.reject(response)))
    // Without a network it stays as it is; the next time will come.
    .then(html => { if (mine === question && waits()) show(html); }, () => undefined);
}

/** @param {string} html  rendered by our own server */
function show(html) {
  if (html === shown) return;
  const first = !shown;
  const focused = place.contains(document.activeElement) ? /** @type {Element} */ (document.activeElement).id : '';
  shown = html;
  place.innerHTML = html;
  const again = focused && document.getElementById(focused);
  if (again) again.focus();
  else if (focused) room.find('[data-heading]').focus();
  tell(first);
}

/** @param {boolean} first  of the place in the queue one reads then, but does not hear */
function tell(first) {
  const fresh = Array.from(place.querySelectorAll('[data-said]')).filter(element => {
    const thing = element.getAttribute('data-said') || '';
    const before = said[thing];
    said[thing] = words(element);
    return said[thing] !== before && !(first && thing === 'queue');
  });
  if (!fresh.length) return;
  room.say('heard', fresh.map(words).join(' ')); // it stands in the page already
  room.notice();
}

/** @param {Element} element */
function words(element) {
  return (element.textContent || '').replace(/\s+/g, ' ').trim();
}

new MutationObserver(refresh).observe(room.root, { attributes: true, attributeFilter: ['data-view'] });
room.part('waiting', { news: refresh, back: refresh });
refresh();
