/**
 * What the counsellor sees beside the talk: who else has come, and how much time is left. Seen and said once, never heard.
 * It has a socket of its own, so the talk does not depend on it. Every sentence comes from the server (staff/desk/_desk.html).
 */
import { room } from './room.js';

const PAUSES = [500, 1000, 2000, 5000];
/** Signed out, or there is no such appointment: the room's own socket says so. */
const FINAL = [4403, 4404];

const desk = room.find('[data-desk]');
/** The sentences that were said. @type {{[key: string]: boolean}} */
const said = {};
let failures = 0;

/** Said, but not shown twice. @param {string} text */
function announce(text) {
  room.announce(text, () => room.root.classList.remove('room--desk-says'));
  room.root.classList.add('room--desk-says');
}

/** @param {string} html  the sections as rendered by our own server */
function show(html) {
  const fresh = new DOMParser().parseFromString(html, 'text/html').body;
  Array.from(fresh.querySelectorAll('[data-desk-section]')).forEach(section => {
    const place = room.find('[data-desk-section=' + section.getAttribute('data-desk-section') + ']');
    if (place.innerHTML === section.innerHTML) return;
    const focused = place.contains(document.activeElement);
    place.innerHTML = section.innerHTML;
    if (focused) (/** @type {HTMLElement | null} */ (place.querySelector('button')) || room.find('[data-heading]')).focus();
  });
  const fresher = room.all('[data-desk-say]').filter(each => !said[each.dataset.deskSay || '']);
  fresher.forEach(each => { said[each.dataset.deskSay || ''] = true; });
  if (fresher.length) announce(fresher.map(each => String(each.textContent).replace(/\s+/g, ' ').trim()).join(' '));
  // Whoever has gone and comes again is news again.
  Object.keys(said).forEach(key => { said[key] = room.all('[data-desk-say]').some(each => each.dataset.deskSay === key); });
}

function connect() {
  const socket = new WebSocket(location.protocol.replace('http', 'ws') + '//' + location.host + desk.dataset.live);
  socket.onmessage = event => {
    if (event.data.charAt(0) === '{') return; // an error: the close code says the same
    failures = 0;
    show(event.data);
  };
  socket.onclose = event => {
    if (FINAL.indexOf(event.code) >= 0) return;
    setTimeout(connect, PAUSES[Math.min(failures, PAUSES.length - 1)]);
    failures++;
  };
}

desk.addEventListener('click', event => {
  const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest('[data-desk-open]'));
  if (button) room.open(button.dataset.deskOpen);
});

connect();
