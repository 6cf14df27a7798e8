/** The security code with each other person: the same four words on both sides. The exchange is in sas.js. */
import { room } from './room.js';
import { Exchange, fingerprint } from './sas.js';

/** @typedef {import('./media.js').Call} Call */

const list = room.find('[data-codes]');
/** One for each peer connection; a new connection has new words. @type {{[id: string]: {pc: RTCPeerConnection, exchange: Exchange}}} */
const exchanges = {};
let wanted = false;

/**
 * @param {Call} call
 * @returns {Exchange | null} null while there is no connection to speak of
 */
function exchangeWith(call) {
  const pc = call.pc;
  const known = exchanges[call.id];
  if (known && known.pc === pc) return known.exchange;
  if (!pc || !call.connected || !pc.localDescription || !pc.remoteDescription) return null;
  const own = fingerprint(pc.localDescription.sdp);
  const other = fingerprint(pc.remoteDescription.sdp);
  if (!own || !other || !crypto.subtle) return null;
  const exchange = new Exchange(own, other, step => room.mesh.tell(Object.assign({ part: 'code' }, step), call.id));
  exchanges[call.id] = { pc: pc, exchange: exchange };
  return exchange;
}

/** @param {Call} call */
function begin(call) {
  const exchange = exchangeWith(call);
  // Before its data channel is open nothing can be said: `changed` comes again.
  if (exchange && call.channel && call.channel.readyState === 'open') exchange.start().then(show);
}

function show() {
  const people = room.mesh.all.filter(call => call.peer);
  while (list.children.length > people.length) list.removeChild(/** @type {Element} */ (list.lastChild));
  people.forEach((call, index) => {
    const known = exchanges[call.id];
    const exchange = known && known.pc === call.pc ? known.exchange : null;
    const item = /** @type {HTMLElement} */ (list.children[index] || list.appendChild(room.copy('[data-code]')));
    write(item, 'name', /** @type {{name: string}} */ (call.peer).name);
    write(item, 'words', exchange ? exchange.words.join(' ') : '');
    const state = exchange && exchange.refused ? 'refused' : exchange && exchange.words.length ? 'words' : 'none';
    if (item.dataset.state === state) return;
    item.dataset.state = state;
    Array.from(item.querySelectorAll('[data-when]')).forEach(each => {
      const element = /** @type {HTMLElement} */ (each);
      element.hidden = element.dataset.when !== state;
    });
    if (state === 'refused') room.say('alert', /** @type {HTMLElement} */ (item.querySelector('[data-when=refused]')).textContent);
  });
}

/**
 * @param {HTMLElement} item
 * @param {string} name
 * @param {string} text
 */
function write(item, name, text) {
  const place = /** @type {HTMLElement} */ (item.querySelector('[data-' + name + ']'));
  if (place.textContent !== text) place.textContent = text;
}

room.part('code', {
  shown() {
    wanted = true;
    room.mesh.all.forEach(begin);
    show();
  },
  heard(data, call) {
    const exchange = exchangeWith(call);
    if (exchange) exchange.receive(data).then(show);
    room.news('code', true);
  },
  changed(call) {
    if (wanted) begin(call);
    show();
  },
});
