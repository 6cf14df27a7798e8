/**
 * Real-time text as of ITU-T T.140, the way that RFC 8865 sends it over a data channel. Pure: no page, no network, no clock.
 * A text is handled in code points, so that a backspace takes a whole character outside the BMP.
 */
import { Allowance } from './allowance.js';

export const BACKSPACE = '\u0008';
export const LINE = '\u2028';
/** "Text may be missing here" (T.140 Addendum 1). */
export const LOST = '\uFFFD';

/** RFC 8865, 5.4: at most 500 ms, 300 recommended. Less, so that the network has its part of the 300 ms. */
export const BUFFER_MS = 100;
/** RFC 8865, 4.2.1: what a receiver takes if it says nothing else, as a mean of ten seconds. */
const CHARACTERS_PER_SECOND = 30;
const AT_ONCE = 10 * CHARACTERS_PER_SECOND;
/** What we take ourselves: somewhat more, because clocks and networks are not even. */
const TAKEN_PER_SECOND = 2 * CHARACTERS_PER_SECOND;
const TAKEN_AT_ONCE = 2 * AT_ONCE;

const MOST_WAITING = 4000;
const MOST_IN_A_LINE = 2000;
const MOST_LINES = 500;

/** @param {string} text  from a text field, or the clipboard */
export function clean(text) {
  return text.replace(/\r\n?|[\n\u2029]/g, LINE).replace(/[\u0000-\u001F\u007F-\u009F\uFEFF]/g, '');
}

/**
 * @param {string} before
 * @param {string} after
 * @returns {string} what turns the one into the other, typed at its end
 */
export function difference(before, after) {
  const old = Array.from(before);
  const now = Array.from(after);
  let same = 0;
  while (same < old.length && same < now.length && old[same] === now[same]) same++;
  return BACKSPACE.repeat(old.length - same) + now.slice(same).join('');
}

/** What one other person has not been sent yet. It stays here while there is no channel. */
export class Sender {
  constructor() {
    /** @type {string[]} */
    this.waiting = [];
    this.allowance = new Allowance(CHARACTERS_PER_SECOND, AT_ONCE);
  }

  /** @param {string} text  with backspaces; one that takes back what still waits is never sent */
  add(text) {
    Array.from(text).forEach(character => {
      const last = this.waiting[this.waiting.length - 1];
      if (character === BACKSPACE && last && last !== BACKSPACE) this.waiting.pop();
      else this.waiting.push(character);
    });
    if (this.waiting.length > MOST_WAITING) this.waiting = [LOST].concat(this.waiting.slice(-MOST_WAITING));
  }

  /**
   * @param {number} now  in milliseconds
   * @returns {string} what may go out now. It is not said again: RFC 8865, 5.5 forbids to repeat what may have arrived.
   */
  take(now) {
    const number = Math.min(this.waiting.length, this.allowance.free(now));
    this.allowance.take(number, now);
    return this.waiting.splice(0, number).join('');
  }
}

/** What one other person has written. */
export class Receiver {
  constructor() {
    /** Finished lines. A backspace at the beginning of a line takes the end of the line before. @type {string[]} */
    this.lines = [];
    /** Lines that are too old to be kept. */
    this.forgotten = 0;
    /** The line that is being written, in characters. @type {string[]} */
    this.line = [];
    /** Something has come. */
    this.heard = false;
    this.allowance = new Allowance(TAKEN_PER_SECOND, TAKEN_AT_ONCE);
    /** Inside a control string, which is not shown: '', 'text' until ST, 'sequence' until its final letter, 'escape'. */
    this.control = '';
    this.afterReturn = false;
    this.dropped = false;
  }

  /** @returns {string} the line that is being written */
  get current() {
    return this.line.join('');
  }

  /**
   * @param {any} block  a message of the channel
   * @param {number} now  in milliseconds
   * @returns {boolean} whether something is different now
   */
  receive(block, now) {
    if (typeof block !== 'string' || !block) return false;
    const characters = Array.from(block.slice(0, 2 * TAKEN_AT_ONCE));
    const taken = Math.min(characters.length, this.allowance.free(now));
    this.allowance.take(taken, now);
    characters.slice(0, taken).forEach(character => this.character(character));
    if (taken) this.dropped = false;
    // Faster than anybody writes: what is left out is marked once.
    if (taken < characters.length && !this.dropped) { this.dropped = true; this.lost(); }
    this.heard = true;
    return true;
  }

  /** Text may be missing here. */
  lost() {
    if (this.line[this.line.length - 1] !== LOST) this.line.push(LOST);
  }

  /**
   * @private
   * @param {string} character
   */
  character(character) {
    const code = /** @type {number} */ (character.codePointAt(0));
    const afterReturn = this.afterReturn;
    this.afterReturn = false;
    if (this.control) this.controlled(code);
    else if (code === 0x0D) { this.end(); this.afterReturn = true; }
    else if (code === 0x0A) { if (!afterReturn) this.end(); }
    else if (code === 0x2028 || code === 0x2029) this.end();
    else if (code === 0x08) this.erase();
    else if (code === 0x1B) this.control = 'escape';
    else if (code === 0x98) this.control = 'text';
    else if (code === 0x9B) this.control = 'sequence';
    // The bell, the byte order mark and all other controls say nothing to a reader.
    else if (code >= 0x20 && !(code >= 0x7F && code < 0xA0) && code !== 0xFEFF) this.line.push(character);
    if (this.line.length >= MOST_IN_A_LINE) this.end();
  }

  /**
   * @private
   * @param {number} code
   */
  controlled(code) {
    if (this.control === 'escape') this.control = code === 0x5B ? 'sequence' : code === 0x58 ? 'text' : '';
    else if (this.control === 'sequence' ? code >= 0x40 && code <= 0x7E : code === 0x9C || code === 0x2028) this.control = '';
  }

  /** @private */
  end() {
    this.lines.push(this.current);
    this.line = [];
    if (this.lines.length > MOST_LINES) { this.lines.shift(); this.forgotten++; }
  }

  /** @private */
  erase() {
    if (this.line.length) this.line.pop();
    else if (this.lines.length) this.line = Array.from(/** @type {string} */ (this.lines.pop()));
  }
}
