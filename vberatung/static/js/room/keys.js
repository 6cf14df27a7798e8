/**
 * Shortcuts: single keys that do what buttons do. Loaded with the first key that is pressed in the talk.
 * They can be switched off (WCAG 2.1.4), stay silent where somebody writes, and leave browser and screen reader theirs.
 */
import { room } from './room.js';

/** What is pressed for each key. Hanging up has none: nobody shall hang up by mistake. */
const BUTTONS = /** @type {{[key: string]: string}} */ ({
  m: '[data-toggle=audio]', v: '[data-toggle=video]', c: '[data-open=chat]', t: '[data-open=rtt]', p: '[data-open=people]',
  s: '[data-open=show]', w: '[data-open=tools]', '?': '[data-open=keys]',
});
const FIELDS = 'textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio]):not([type=range])';
const LOOK_EVERY = 250;
const LOOK_FOR = 3000;

const choice = /** @type {HTMLInputElement} */ (room.find('[data-keys-on]'));

/** @returns {boolean} */
function on() {
  return room.wanted.keys;
}

/** Assistive technology tells the keys together with the buttons. */
function tell() {
  Object.keys(BUTTONS).forEach(key => {
    const button = /** @type {HTMLElement | null} */ (document.querySelector(BUTTONS[key]));
    // Where "?" is, and with which other keys, depends on the keyboard: it cannot be told.
    if (button && on() && key !== '?') button.setAttribute('aria-keyshortcuts', key.toUpperCase());
    else if (button) button.removeAttribute('aria-keyshortcuts');
  });
}

/**
 * @param {KeyboardEvent} event
 * @returns {string} in whatever alphabet the keyboard writes
 */
function keyOf(event) {
  if (event.key === '؟') return '?';
  const letter = /^Key([A-Z])$/.exec(event.code || '');
  return /^[a-z?]$/i.test(event.key) || !letter ? event.key.toLowerCase() : letter[1].toLowerCase();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing || room.root.dataset.mode !== 'talk') return;
  if (event.key === 'Escape') { close(); return; }
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (document.querySelector(BUTTONS[keyOf(event)] || 'none'));
  if (!on() || !button || (target.closest && target.closest(FIELDS)) || !seen(button)) return;
  event.preventDefault();
  const was = button.getAttribute('aria-pressed');
  button.click();
  if (was) say(String(button.dataset.toggle), was !== 'true', LOOK_FOR);
}

/** Not while the controls make room for a question. @param {HTMLElement} button */
function seen(button) {
  return 'open' in button.dataset || button.getClientRects().length > 0;
}

/** What is uppermost. */
function close() {
  const end = /** @type {HTMLElement | null} */ (document.querySelector('[data-do=end-back]'));
  const more = room.find('[data-do=more]');
  if (end && end.getClientRects().length) end.click();
  else if (more.getAttribute('aria-expanded') === 'true') { more.click(); more.focus(); }
  else if (room.all('[data-part]').some(panel => !panel.hidden)) room.open();
}

/**
 * The focus is elsewhere: what the key did is said. A device needs a moment.
 * @param {string} kind
 * @param {boolean} wanted
 * @param {number} patience  milliseconds
 */
function say(kind, wanted, patience) {
  const is = room.find('[data-toggle=' + kind + ']').getAttribute('aria-pressed') === String(wanted);
  if (is) room.announce(room.find('[data-keys-says=' + kind + '-' + wanted + ']').textContent || '');
  else if (patience > 0) setTimeout(() => say(kind, wanted, patience - LOOK_EVERY), LOOK_EVERY);
}

choice.checked = on();
choice.addEventListener('change', () => {
  room.wanted.keys = choice.checked;
  room.keep();
  tell();
});
tell();

room.part('keys', { pressed: pressed });
