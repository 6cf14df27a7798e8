/**
 * Tells the server what keeps this person from the talk, for their receipt (Nachweis): only the kind, and how long ago.
 * What cannot leave now, because there is no network, leaves later.
 */
import { room } from './room.js';

const LONG = 10000;
const AGAIN = 10000;
const MOST = 20;
const place = room.find('[data-troubles]');
const devices = room.find('[data-devices]');
/** @type {{[view: string]: string}} */
const FAILED = { unsupported: 'no-webrtc', 'join-failed': 'no-server' };
/** What takes too long when it stays. @type {{[view: string]: string}} */
const SLOW = { joining: 'no-server', connecting: 'no-connection', reconnecting: 'lost' };
/** @type {{kind: string, at: number}[]} */
const untold = [];
let sending = false;
let slow = 0;
let view = '';

/** @param {string} kind */
function note(kind) {
  if (untold.length < MOST) untold.push({ kind: kind, at: Date.now() });
  send();
}

function send() {
  const next = untold[0];
  if (!next || sending) return;
  sending = true;
  const body = new FormData();
  body.append('csrf_token', room.root.dataset.csrf || '');
  body.append('kind', next.kind);
  body.append('ago', String(Math.max(0, Math.round((Date.now() - next.at) / 1000))));
  fetch(place.dataset.source || '', { method: 'POST', body: body, headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' })
    .then(response => (response.status < 500 ? untold.shift() : Promise.reject(response)))
    .then(() => { sending = false; send(); }, () => {
      sending = false;
      setTimeout(send, AGAIN);
    });
}

function viewChanged() {
  if (room.root.dataset.view === view) return;
  view = room.root.dataset.view || '';
  clearTimeout(slow);
  if (FAILED[view]) note(FAILED[view]);
  if (SLOW[view]) slow = setTimeout(() => note(view === 'reconnecting' && room.mesh.state !== 'lost' ? 'no-server' : SLOW[view]), LONG);
}

function devicesChanged() {
  const state = devices.dataset.devices || 'ok';
  if (state !== 'ok' && state !== 'asking') note(state);
}

new MutationObserver(viewChanged).observe(room.root, { attributes: true, attributeFilter: ['data-view'] });
new MutationObserver(devicesChanged).observe(devices, { attributes: true, attributeFilter: ['data-devices'] });
window.addEventListener('online', send);
viewChanged();
devicesChanged();
