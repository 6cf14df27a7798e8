/** More time for the talk: the server's page about it, in the panel. For the counsellor only. */
import { room } from './room.js';

const body = room.find('[data-time-body]');
const failed = room.find('[data-time-failed]');
const address = room.root.dataset.time;
/** What was asked last; an answer that comes after it is an old one. */
let asked = 0;

/**
 * The server's fragment in place of the one before.
 * @param {string} url
 * @param {string} [minutes]  of the button that was pressed
 */
function ask(url, minutes) {
  const mine = ++asked;
  const form = body.querySelector('form');
  const data = form && minutes ? new FormData(form) : undefined;
  if (data && minutes) data.set('minutes', minutes);
  fetch(url, { method: data ? 'POST' : 'GET', body: data, headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' }).then(response => {
    const ours = new URL(response.url).pathname === address && (response.ok || response.status === 409);
    return ours ? response.text() : Promise.reject(response);
  }).then(html => {
    if (mine !== asked) return;
    const before = body.contains(document.activeElement);
    failed.hidden = true;
    body.innerHTML = html;
    const news = body.querySelector('[data-said]');
    if (data && news) room.announce(String(news.getAttribute('data-said')));
    // The button that was pressed is another one now.
    if (data && before) room.find('[data-part=time] [data-part-heading]').focus();
  }).catch(() => {
    if (mine !== asked) return;
    failed.hidden = false;
    room.announce(String(failed.textContent));
  });
}

body.addEventListener('submit', event => event.preventDefault());
body.addEventListener('click', event => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (event.target).closest('button[name=minutes]'));
  if (!button) return;
  event.preventDefault();
  ask(String(address), button.value);
});

room.part('time', {
  shown() {
    if (address) ask(address);
    else room.find('[data-time-elsewhere]').hidden = false;
  },
});
