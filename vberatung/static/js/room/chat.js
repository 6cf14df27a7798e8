/**
 * Messages to everybody in the talk, on the data channel "talk". Nothing is kept but what stands in the page.
 * Each message is acknowledged by each person; what was not goes out again when there is a new connection.
 */
import { room } from './room.js';
import { randomId } from './signalling.js';
import { Allowance } from './allowance.js';
import { keep } from './kept.js';

/** @typedef {import('./media.js').Call} Call */
/** @typedef {{id: string, text: string, missing: string[], late: HTMLElement}} Sent */

const MOST = 2000;
const MOST_SHOWN = 500;
const MOST_WAITING = 50;
const MOST_KEPT = 1000;
const LATE_AFTER = 3000;
const A_SECOND = 2;
const AT_ONCE = 60;
const ID = /^[a-z0-9]{8,40}$/;
const ADDRESS = /(https:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/;

const list = room.find('[data-chat]');
const input = /** @type {HTMLTextAreaElement} */ (room.find('[data-testid=chat-input]'));
/** Messages that somebody has not received yet. @type {Sent[]} */
let waiting = [];
/** By person. @type {{[id: string]: {allowance: Allowance, seen: string[], channel: RTCDataChannel | null}}} */
const people = {};
/** To take home. @type {string[]} */
let lines = [];

/** @param {string} selector */
function sentence(selector) {
  return /** @type {string} */ (room.find(selector).textContent);
}

/**
 * @param {string} name
 * @param {string} text
 * @returns {HTMLElement} its note that it is late
 */
function add(name, text) {
  const item = room.copy('[data-chat-message]');
  const time = new Date().toLocaleTimeString('de-DE', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' });
  /** @type {HTMLElement} */ (item.querySelector('[data-name]')).textContent = name;
  /** @type {HTMLElement} */ (item.querySelector('[data-time]')).textContent = time;
  write(/** @type {HTMLElement} */ (item.querySelector('[data-text]')), text);
  list.appendChild(item);
  if (list.children.length > MOST_SHOWN) list.removeChild(/** @type {Element} */ (list.firstElementChild));
  item.scrollIntoView({ block: 'nearest' });
  lines = lines.concat(time + ' ' + name + ': ' + text).slice(-MOST_KEPT);
  return /** @type {HTMLElement} */ (item.querySelector('[data-late]'));
}

/** Addresses can be followed; all else is text. @param {HTMLElement} place @param {string} text */
function write(place, text) {
  text.split(ADDRESS).forEach((piece, index) => {
    if (index % 2 === 0) { place.appendChild(document.createTextNode(piece)); return; }
    const link = document.createElement('a');
    link.href = piece;
    link.rel = 'noopener noreferrer';
    link.target = '_blank';
    link.textContent = piece;
    place.appendChild(link);
  });
}

/** @param {Event} event */
function send(event) {
  event.preventDefault();
  const text = input.value.trim();
  const there = room.mesh.all.filter(call => call.peer);
  lost(Boolean(text) && !there.length);
  if (!text || !there.length) return;
  const message = { id: randomId(), text: text, missing: there.map(call => call.id), late: add(sentence('[data-chat-me]'), text) };
  waiting = waiting.concat(message).slice(-MOST_WAITING);
  there.forEach(call => tell(message, call));
  setTimeout(() => { message.late.hidden = !message.missing.length; }, LATE_AFTER);
  input.value = '';
  input.focus();
}

/** @param {boolean} on  nobody is there to read it */
function lost(on) {
  const note = room.find('[data-chat-lost]');
  note.hidden = !on;
  if (on) room.announce(/** @type {string} */ (note.textContent));
}

/** @param {Sent} message @param {Call} call */
function tell(message, call) {
  room.mesh.tell({ part: 'chat', id: message.id, text: message.text }, call.id);
}

/** It is there, or nobody waits for it any more. @param {string} id @param {string} person */
function settle(id, person) {
  waiting.forEach(message => {
    if (message.id !== id) return;
    message.missing = message.missing.filter(each => each !== person);
    if (!message.missing.length) message.late.hidden = true;
  });
  waiting = waiting.filter(message => message.missing.length);
}

/** @param {Call} call */
function personOf(call) {
  if (!people[call.id]) people[call.id] = { allowance: new Allowance(A_SECOND, AT_ONCE), seen: [], channel: null };
  return people[call.id];
}

room.find('[data-chat-form]').addEventListener('submit', send);
input.addEventListener('keydown', event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event); });

room.part('chat', {
  shown() { input.focus(); },
  heard(data, call) {
    const person = personOf(call);
    if (typeof data.got === 'string') settle(data.got, call.id);
    if (typeof data.text !== 'string' || typeof data.id !== 'string' || !ID.test(data.id) || !call.peer) return;
    if (!person.allowance.take(1, Date.now())) return;
    room.mesh.tell({ part: 'chat', got: data.id }, call.id);
    if (person.seen.indexOf(data.id) >= 0 || !data.text.trim()) return;
    person.seen = person.seen.concat(data.id).slice(-MOST_SHOWN);
    add(call.peer.name, data.text.slice(0, MOST));
    if (!list.getClientRects().length) room.announce(sentence('[data-chat-new]').replace('{name}', call.peer.name));
    room.news('chat', true);
  },
  changed(call) {
    const person = personOf(call);
    if (!call.peer) {
      waiting.slice().forEach(message => settle(message.id, call.id));
      delete people[call.id];
    } else if (call.channel && call.channel.readyState === 'open' && call.channel !== person.channel) {
      person.channel = call.channel;
      waiting.filter(message => message.missing.indexOf(call.id) >= 0).forEach(message => tell(message, call));
    }
  },
});

keep('chat', () => ({ heading: sentence('[data-chat-heading]'), lines: lines }));
