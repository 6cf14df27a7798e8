/**
 * Who is in the talk: said when somebody comes or goes, a picture that stays big, who speaks or signs, and for those who
 * may ask others the server's page about it. Loaded with the third person, or when its panel is opened.
 *
 * @typedef {import('./media.js').Call} Call
 */
import { room } from './room.js';
import { fragmentIn } from './fragment.js';
import { shareIn } from '../share.js';
import { Allowance } from './allowance.js';

const LOOK_EVERY = 300;
const STATS_EVERY = 1200;
const SPEECH = 0.01;
const PAUSE_IN_SPEECH = 1500;
const SAY_AGAIN_AFTER = 10000;
const SIGNS_A_SECOND = 1;
const SIGNS_AT_ONCE = 10;

const root = room.root;
const list = room.find('[data-people-list]');
const guests = room.find('[data-guests-body]');
const signBox = /** @type {HTMLInputElement} */ (room.find('[data-sign]'));
const selfBox = /** @type {HTMLInputElement} */ (room.find('[data-self]'));

/** By person, on whatever device: name, when last heard, whether signing, when last announced, how often they may say so. */
const people = /** @type {{[person: string]: {name: string, role: string, spoke: number, signs: boolean, said: number, allowance: Allowance}}} */ ({});
let pinned = '';
let signing = false;
/** Who was told on which channel that we sign. @type {{[id: string]: RTCDataChannel}} */
const told = {};
/** When the statistics were last asked who speaks. */
let asked = 0;

/** @param {string} id  of a place; people come with a second device to a second seat */
function personOf(id) {
  return id.split('.')[0];
}

/** @param {Call} call */
function known(call) {
  const person = personOf(call.id);
  const one = people[person] = people[person] || { name: '', role: '', spoke: 0, signs: false, said: 0, allowance: new Allowance(SIGNS_A_SECOND, SIGNS_AT_ONCE) };
  if (call.peer) {
    one.name = call.peer.name;
    one.role = String(room.find('[data-role-word=' + call.peer.role + ']').textContent);
  }
  return one;
}

/**
 * @param {string} sentence
 * @param {{name: string, role: string}} one
 */
function worded(sentence, one) {
  const text = String(room.find('[data-says=' + sentence + ']').textContent);
  return text.replace(/{(name|role)}/g, (match, key) => (key === 'name' ? one.name : one.role));
}

/** @returns {Call[]} those with a tile */
function others() {
  return room.mesh.all.filter(call => call.peer && room.tileOf(call.id));
}

/* ---- Tiles ---- */

/** @param {Call} call */
function decorate(call) {
  const tile = /** @type {HTMLElement} */ (room.tileOf(call.id));
  const one = known(call);
  if (!tile.querySelector('.tile__pin')) {
    const extras = /** @type {HTMLTemplateElement} */ (room.find('[data-tile-extras]')).content.cloneNode(true);
    const pin = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (extras).querySelector('.tile__pin'));
    const caption = /** @type {HTMLElement} */ (tile.querySelector('figcaption'));
    Array.from(/** @type {DocumentFragment} */ (extras).querySelectorAll('[data-note]')).forEach(note => caption.appendChild(note));
    tile.appendChild(pin);
    pin.onclick = () => { pinned = pinned === personOf(call.id) ? '' : personOf(call.id); arrange(); };
  }
  /** @type {HTMLElement} */ (tile.querySelector('.tile__pin')).setAttribute('aria-label', worded('big', one));
}

/** Pins outlive whoever comes and goes, the pinned person too. */
function arrange() {
  const calls = others();
  let big = false;
  calls.forEach(call => {
    decorate(call);
    const tile = /** @type {HTMLElement} */ (room.tileOf(call.id));
    const on = calls.length > 1 && !big && personOf(call.id) === pinned;
    big = big || on;
    tile.classList.toggle('tile--pinned', on);
    /** @type {HTMLElement} */ (tile.querySelector('.tile__pin')).setAttribute('aria-pressed', String(on));
  });
  root.classList.toggle('room--several', calls.length > 1);
  root.classList.toggle('room--pinned', big);
  root.classList.toggle('room--cells', calls.length > (big ? 1 : 2) && !root.classList.contains('room--self-hidden'));
  showList();
  showDoing();
}

/* ---- Who speaks, who signs: a sign to see and a word to find, never said aloud ---- */

/** @param {Call} call @returns {Promise<number>} 0 to 1 */
function level(call) {
  const pc = /** @type {any} */ (call.pc);
  if (!pc || !call.peer || !call.peer.media.audio) return Promise.resolve(0);
  const receiver = pc.getReceivers ? pc.getReceivers().filter((/** @type {RTCRtpReceiver} */ each) => each.track && each.track.kind === 'audio')[0] : null;
  const sources = receiver && receiver.getSynchronizationSources ? receiver.getSynchronizationSources() : [];
  if (sources.length && typeof sources[0].audioLevel === 'number') return Promise.resolve(sources[0].audioLevel);
  // Engines before 2019, where it costs more.
  if (Date.now() - asked < STATS_EVERY) return Promise.resolve(0);
  return pc.getStats().then((/** @type {RTCStatsReport} */ report) => {
    let most = 0;
    report.forEach(entry => { if (entry.remoteSource || entry.type === 'inbound-rtp') most = Math.max(most, entry.audioLevel || 0); });
    return most;
  }).catch(() => 0);
}

function listen() {
  const calls = others();
  if (document.hidden || calls.length < 2) return;
  const levels = calls.map(call => level(call).then(now => { if (now > SPEECH) known(call).spoke = Date.now(); }));
  if (Date.now() - asked >= STATS_EVERY) asked = Date.now();
  Promise.all(levels).then(showDoing);
}

function showDoing() {
  others().forEach(call => {
    const one = known(call);
    const speaks = Date.now() - one.spoke < PAUSE_IN_SPEECH;
    const tile = /** @type {HTMLElement} */ (room.tileOf(call.id));
    tile.classList.toggle('tile--speaking', speaks);
    tile.classList.toggle('tile--signing', one.signs);
    [tile, Array.from(list.children).filter(item => item.getAttribute('data-who') === call.id)[0]].forEach(place => {
      if (!place) return;
      /** @type {HTMLElement} */ (place.querySelector('[data-note=speaking]')).hidden = !speaks;
      /** @type {HTMLElement} */ (place.querySelector('[data-note=signing]')).hidden = !one.signs;
    });
  });
}

/** @param {Call} call */
function tellSigning(call) {
  if (!call.channel || call.channel.readyState !== 'open' || told[call.id] === call.channel) return;
  told[call.id] = call.channel;
  if (signing) room.mesh.tell({ part: 'people', signs: true }, call.id);
}

signBox.addEventListener('change', () => {
  signing = signBox.checked;
  room.find('.room__self').classList.toggle('room__self--signing', signing);
  room.mesh.tell({ part: 'people', signs: signing });
});

selfBox.addEventListener('change', () => {
  root.classList.toggle('room--self-hidden', !selfBox.checked);
  arrange();
});

/* ---- The panel ---- */

function showList() {
  while (list.firstChild) list.removeChild(list.firstChild);
  const me = { id: '', name: String(room.find('[data-says=me]').textContent), role: String(room.find('[data-role-word=' + root.dataset.role + ']').textContent) };
  [me].concat(others().map(call => ({ id: call.id, name: known(call).name, role: known(call).role }))).forEach(one => {
    const item = room.copy('[data-person]');
    item.setAttribute('data-who', one.id);
    /** @type {HTMLElement} */ (item.querySelector('[data-name]')).textContent = one.name;
    /** @type {HTMLElement} */ (item.querySelector('[data-role]')).textContent = one.role;
    list.appendChild(item);
  });
}

const load = fragmentIn(guests, room.find('[data-guests-failed]'), root.dataset.guests);

/**
 * @param {string} url
 * @param {HTMLFormElement} [form]
 */
function ask(url, form) {
  load(url, form && new FormData(form)).then(focused => {
    shareIn(guests, room.announce);
    const start = /** @type {HTMLElement | null} */ (guests.querySelector('#error-summary, [data-focus], h3'));
    if (start) start.removeAttribute('role'); // it gets the focus instead
    if (!focused || !start) return;
    if (!start.hasAttribute('tabindex')) start.setAttribute('tabindex', '-1');
    start.focus();
  });
}

/**
 * Somebody came or went: the list of those who were asked is another. Nobody's typing is lost, no question either, and a
 * link that has just been made stays until the one whom it is for has come.
 * @param {string} [id]  of the place of whoever came or went
 */
function refresh(id) {
  const panel = /** @type {HTMLElement} */ (guests.closest('[data-part]'));
  const open = /** @type {HTMLElement | null} */ (guests.querySelector('[data-open-for]'));
  if (!root.dataset.guests || panel.hidden || typed() || (open && open.dataset.openFor !== id)) return;
  ask(root.dataset.guests);
}

/** @returns {boolean} */
function typed() {
  const fields = /** @type {HTMLInputElement[]} */ (Array.from(guests.querySelectorAll('input:not([type=hidden])')));
  return fields.some(field => field.value !== field.defaultValue || field.checked !== field.defaultChecked || field === document.activeElement);
}

guests.addEventListener('submit', event => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  event.preventDefault();
  ask(form.action, form);
});
guests.addEventListener('click', event => {
  const link = /** @type {Element} */ (event.target).closest('a');
  if (!link) return;
  event.preventDefault();
  if (link.hash) /** @type {HTMLElement} */ (guests.querySelector(link.hash)).focus();
  else ask(link.href);
});

room.part('people', {
  shown() {
    arrange();
    refresh();
  },
  came(call, later) {
    const two = others().some(each => each !== call && personOf(each.id) === personOf(call.id));
    if (later && call.peer && !two) room.announce(worded('came', known(call)));
    refresh(personOf(call.id));
  },
  heard(data, call) {
    if (typeof data.signs !== 'boolean' || !call.peer) return;
    const one = known(call);
    if (!one.allowance.take(1, Date.now())) return;
    if (data.signs && !one.signs && Date.now() - one.said > SAY_AGAIN_AFTER) {
      one.said = Date.now();
      room.announce(worded('signing', one));
    }
    one.signs = data.signs;
    if (room.tileOf(call.id)) arrange();
  },
  changed(call) {
    const one = people[personOf(call.id)];
    const gone = !call.peer && one && !others().some(each => personOf(each.id) === personOf(call.id));
    if (gone) {
      delete people[personOf(call.id)];
      // When the talk is over for us, everybody is gone: that is said already.
      if (room.mesh.state === 'connected' && root.dataset.mode === 'talk') room.announce(worded('gone', one));
    }
    if (!call.peer) delete told[call.id];
    tellSigning(call);
    if (gone || call.peer) arrange();
    if (gone) refresh();
  },
});
arrange();
others().forEach(tellSigning);
setInterval(listen, LOOK_EVERY);
