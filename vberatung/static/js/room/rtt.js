/**
 * Real-time text: RFC 8865, a reliable and ordered data channel with the subprotocol "t140" to each other person.
 * The rules of the text itself are in t140.js.
 *
 * Whoever opens the part first opens the channels. Should both do so in the same moment, there are two: each side keeps to the one
 * on which it has begun to write, and reads both.
 */
import { room } from './room.js';
import { BUFFER_MS, clean, difference, LINE, Receiver, Sender } from './t140.js';
import { keep } from './kept.js';

/** @typedef {import('./media.js').Call} Call */

const OTHER_OPENS_FIRST = 2000;
const OPENS_AGAIN_AFTER = 500;
const TYPES_FOR = 4000;
const ALOUD_AFTER_PAUSE = 3000;
const ALOUD_STAYS = 10000;
const ON_TILE_FOR = 10000;
const ON_TILE = 140;
const ANNOUNCED_AGAIN_AFTER = 60000;
const MOST_CHANNELS = 3;
const MOST_SHOWN = 1000;

const log = room.find('[data-rtt-log]');
const now = room.find('[data-rtt-now]');
const aloud = room.find('[data-rtt-aloud]');
const input = /** @type {HTMLTextAreaElement} */ (room.find('[data-testid=rtt-input]'));

/** We write too: the channels are ours to open. */
let active = false;
/** Our line, as far as it was handed to the senders. */
let said = '';
let flushTimer = 0;
let flushedAt = 0;

/** The text with one other person. */
class Talk {
  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    this.name = call.peer ? call.peer.name : '';
    this.sender = new Sender();
    this.sender.add(said);
    this.receiver = new Receiver();
    /** The connection that `channels` belong to. @type {RTCPeerConnection | null} */
    this.pc = null;
    /** All of this connection; what we write goes over `own`. @type {RTCDataChannel[]} */
    this.channels = [];
    /** @type {RTCDataChannel | null} */
    this.own = null;
    this.page = '';
    /** There was a channel; it is gone, and text may be gone with it; it was we who opened it. */
    this.was = false;
    this.broken = false;
    this.opener = false;
    this.wrote = false;
    this.timer = 0;
    this.typingTimer = 0;
    this.tileTimer = 0;
    this.aloudTimer = 0;
    this.announcedAt = 0;
    /** How much of the line has been read out. */
    this.readOut = 0;
    /** Its finished lines in the log, and its line that is being written. @type {HTMLElement[]} */
    this.items = [];
    this.shown = 0;
    /** @type {HTMLElement | null} */
    this.item = null;
  }

  /** @returns {boolean} */
  get open() {
    return Boolean(this.own && this.own.readyState === 'open');
  }

  /** Something about the connection is another now. */
  connect() {
    const call = this.call;
    if (call.peer) this.name = call.peer.name;
    if (call.pc !== this.pc) this.forget();
    if (!call.pc || !call.connected || !call.channel || call.channel.readyState !== 'open' || this.channels.length || this.timer) return;
    if (!this.was && !active) return;
    // The one who opened it opens it again; the other does when that one has forgotten, as after a reload.
    const pause = !this.was || this.opener ? 0 : OTHER_OPENS_FIRST;
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (call.pc && call.pc === this.pc && call.connected && !this.channels.length) this.create(call.pc);
    }, pause);
  }

  /** @param {RTCPeerConnection} pc */
  create(pc) {
    this.opener = true;
    this.take(pc.createDataChannel('rtt', { ordered: true, protocol: 't140' }));
  }

  /** The other side has opened one. @param {RTCDataChannel} channel */
  offered(channel) {
    if (this.call.pc !== this.pc) this.forget();
    if (channel.protocol !== 't140' || this.channels.length >= MOST_CHANNELS) { channel.close(); return; }
    const ours = this.own;
    this.opener = false;
    this.take(channel);
    // Both at once: the offerer's stays, unless we have begun to write on ours.
    if (!ours || this.call.offerer || this.wrote) return;
    this.own = channel;
    this.channels = this.channels.filter(each => each !== ours);
    ours.onclose = ours.onopen = null;
    ours.close();
  }

  /** @param {RTCDataChannel} channel */
  take(channel) {
    this.channels.push(channel);
    if (!this.own) this.own = channel;
    const opened = () => {
      if (channel.readyState !== 'open') return;
      this.was = true;
      if (this.broken) this.interrupted();
      showState();
      flushSoon();
    };
    channel.onopen = opened;
    channel.onmessage = event => this.hear(event.data);
    channel.onclose = () => this.closed(channel);
    opened();
  }

  /** RFC 8865, 5.5: a new channel after a failure; text may be missing, and nobody knows how much. */
  interrupted() {
    this.broken = false;
    interruptions++;
    if (!this.receiver.heard) return;
    this.receiver.lost();
    this.show();
  }

  /** @param {RTCDataChannel} channel */
  closed(channel) {
    this.channels = this.channels.filter(each => each !== channel);
    if (this.own !== channel) return;
    this.own = this.channels[0] || null;
    this.wrote = false;
    this.broken = this.was && !this.own;
    showState();
    if (!this.own) setTimeout(() => this.connect(), OPENS_AGAIN_AFTER);
  }

  /** The connection is gone, and the channels with it. */
  forget() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.channels.forEach(channel => { channel.onmessage = channel.onclose = channel.onopen = null; });
    this.channels = [];
    this.own = null;
    this.wrote = false;
    this.broken = this.was;
    this.pc = this.call.pc;
    // Their page is a new one: it knows nothing of our line, and theirs begins anew.
    if (this.page && this.page !== this.call.page) {
      if (!this.sender.waiting.length) this.sender.add(said);
      if (this.receiver.current) { this.receiver.lost(); this.receiver.receive(LINE, Date.now()); this.show(); }
    }
    this.page = this.call.page;
    showState();
  }

  /** They have gone: what they were writing is finished. */
  end() {
    this.forget();
    clearTimeout(this.aloudTimer);
    if (this.item) { now.removeChild(this.item); line(log, this.name, this.receiver.current); }
  }

  flush() {
    if (!this.open) return;
    const text = this.sender.take(Date.now());
    if (!text) return;
    this.wrote = true;
    /** @type {RTCDataChannel} */ (this.own).send(text);
  }

  /** @param {any} block */
  hear(block) {
    if (!this.receiver.receive(block, Date.now())) return;
    this.show();
    this.typing();
    room.news('rtt', true);
    if (!input.getClientRects().length && Date.now() - this.announcedAt > ANNOUNCED_AGAIN_AFTER) {
      this.announcedAt = Date.now();
      room.announce(sentence('[data-rtt-writes]').replace('{name}', this.name));
    }
  }

  show() {
    const receiver = this.receiver;
    const finished = receiver.forgotten + receiver.lines.length;
    // A backspace has opened a line again.
    while (this.shown > finished) {
      const item = this.items.pop();
      if (item && item.parentNode) item.parentNode.removeChild(item);
      this.shown--;
      this.readOut = Infinity;
    }
    while (this.shown < finished) {
      const text = receiver.lines[this.shown - receiver.forgotten];
      this.shown++;
      this.aloud(text);
      this.readOut = 0;
      if (text) this.items.push(line(log, this.name, text));
    }
    const text = receiver.current;
    this.readOut = Math.min(this.readOut, text.length);
    if (!text && this.item) { now.removeChild(this.item); this.item = null; }
    if (text) {
      if (!this.item) this.item = line(now, this.name, '');
      /** @type {HTMLElement} */ (this.item.querySelector('[data-text]')).textContent = text;
      this.item.scrollIntoView({ block: 'nearest' });
    }
    clearTimeout(this.aloudTimer);
    this.aloudTimer = setTimeout(() => { this.aloud(receiver.current); this.readOut = receiver.current.length; }, ALOUD_AFTER_PAUSE);
  }

  /** Whole lines, and what stands there at a pause: never single characters. @param {string} text */
  aloud(text) {
    const news = text.slice(this.readOut).trim();
    if (!news) return;
    const piece = document.createElement('p');
    piece.textContent = this.name + ': ' + news;
    aloud.appendChild(piece);
    // It stands in the log already: nobody should meet it twice.
    setTimeout(() => aloud.removeChild(piece), ALOUD_STAYS);
  }

  /** On the tile: who writes, and what, for whoever looks there. */
  typing() {
    const tile = room.tileOf(this.call.id);
    if (!tile) return;
    let sign = /** @type {HTMLElement | null} */ (tile.querySelector('[data-rtt-sign]'));
    let text = /** @type {HTMLElement | null} */ (tile.querySelector('[data-rtt-text]'));
    if (!sign || !text) {
      sign = document.createElement('span');
      sign.className = 'room__note';
      sign.textContent = sentence('[data-rtt-typing]');
      sign.setAttribute('data-rtt-sign', '');
      (tile.querySelector('figcaption') || tile).appendChild(sign);
      text = document.createElement('p');
      text.className = 'tile__text';
      text.setAttribute('data-rtt-text', '');
      text.setAttribute('aria-hidden', 'true'); // it stands in the panel
      text.setAttribute('dir', 'auto');
      tile.appendChild(text);
    }
    const signShown = sign;
    const textShown = text;
    const lines = this.receiver.lines;
    tile.classList.add('tile--typing');
    signShown.hidden = textShown.hidden = false;
    textShown.textContent = (this.receiver.current || lines[lines.length - 1] || '').slice(-ON_TILE);
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { tile.classList.remove('tile--typing'); signShown.hidden = true; }, TYPES_FOR);
    clearTimeout(this.tileTimer);
    this.tileTimer = setTimeout(() => { textShown.hidden = true; }, ON_TILE_FOR);
  }
}

/** With each other person; somebody who comes back after hanging up begins anew. @type {{[id: string]: Talk}} */
const talks = {};
let interruptions = 0;

/** @param {Call} call */
function talkWith(call) {
  if (!talks[call.id] || talks[call.id].call !== call) talks[call.id] = new Talk(call);
  return talks[call.id];
}

/** @returns {Talk[]} */
function all() {
  return Object.keys(talks).map(id => talks[id]);
}

/** @param {string} selector */
function sentence(selector) {
  return /** @type {string} */ (room.find(selector).textContent);
}

/**
 * @param {HTMLElement} list
 * @param {string} name
 * @param {string} text
 * @returns {HTMLElement}
 */
function line(list, name, text) {
  const item = room.copy('[data-rtt-line]');
  /** @type {HTMLElement} */ (item.querySelector('[data-name]')).textContent = name;
  /** @type {HTMLElement} */ (item.querySelector('[data-text]')).textContent = text;
  list.appendChild(item);
  if (list.children.length > MOST_SHOWN) list.removeChild(/** @type {Element} */ (list.firstElementChild));
  item.scrollIntoView({ block: 'nearest' });
  return item;
}

function write() {
  const typed = clean(input.value);
  const change = difference(said, typed);
  const lines = typed.split(LINE);
  said = /** @type {string} */ (lines.pop());
  lines.filter(Boolean).forEach(text => line(log, sentence('[data-rtt-me]'), text));
  // While a word is being composed, the field is the keyboard's.
  if (lines.length) input.value = said;
  if (!change) return;
  all().forEach(talk => talk.sender.add(change));
  showState();
  flushSoon();
}

/** The first character at once, those that follow in bundles. */
function flushSoon() {
  if (flushTimer) return;
  flushTimer = setTimeout(() => {
    flushTimer = 0;
    flushedAt = Date.now();
    all().forEach(talk => talk.flush());
    if (all().some(talk => talk.open && talk.sender.waiting.length)) flushSoon();
  }, Math.max(0, flushedAt + BUFFER_MS - Date.now()));
}

function showState() {
  const alone = active && !all().some(talk => talk.open);
  const state = alone ? 'alone' : interruptions ? 'lost' : '';
  Array.from(room.find('[data-rtt-state]').children).forEach(each => {
    const element = /** @type {HTMLElement} */ (each);
    element.hidden = element.dataset.rttWhen !== state;
  });
}

input.addEventListener('input', write);

room.part('rtt', {
  shown() {
    active = true;
    room.mesh.all.forEach(call => talkWith(call).connect());
    showState();
    input.focus();
  },
  opened(channel, call) { talkWith(call).offered(channel); },
  changed(call) {
    if (call.peer) talkWith(call).connect();
    else if (talks[call.id]) { talks[call.id].end(); delete talks[call.id]; }
    showState();
  },
  over() {
    // Whoever comes back begins a new line: the others have this one.
    if (said) line(log, sentence('[data-rtt-me]'), said);
    said = input.value = '';
    interruptions = 0;
    active = false;
    showState();
  },
});

keep('rtt', () => ({
  heading: sentence('[data-rtt-heading]'),
  lines: Array.from(log.children).concat(Array.from(now.children)).map(item => {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (item.querySelector('[data-' + name + ']')).textContent;
    return part('name') + ': ' + part('text');
  }).concat(said ? sentence('[data-rtt-me]') + ': ' + said : []),
}));
