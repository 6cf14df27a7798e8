/**
 * What several people change at once, and all see alike in the end: registers in which the last writer wins, and lists made of them.
 * Pure. "Last" is by a clock of each register and, where that is equal, by the writer: so the order in which messages arrive does
 * not matter, nor whether one arrives twice (a state-based LWW map, Shapiro et al. 2011).
 *
 * A row of a list is a register `list.id` with its position, or null when it was removed; its fields are `list.id.field`.
 *
 * A clock is believed however far it is ahead: whoever was told of a far one must not be left alone with what they write. Each
 * register has its own, so a clock at its end makes one register useless, for everybody alike, and no other.
 *
 * @typedef {string | number | boolean | null} Value
 * @typedef {[string, Value, number, string]} Entry  key, value, clock, writer
 * @typedef {object} Rules
 * @property {(key: string, value: any) => boolean} accepts  what may stand there
 * @property {{[list: string]: number}} most  how many rows a list shows
 * @property {(key: string) => string[]} rowsOf  the rows to which a field belongs; none for what is no field
 */

const MOST_KEYS = 2500;
const LONGEST_KEY = 80;
/** Rows that two people add without a connection are all kept; what is too much shows when another is removed. */
const KEPT_OF_MOST = 2;
/** What was removed long ago is forgotten, and so are fields whose row does not come. */
const MOST_REMOVED = 300;
const MOST_EARLY = 100;
/** At its last tick a register says nothing any more. */
const LAST = Number.MAX_SAFE_INTEGER;
const WRITER = /^[a-z0-9]{8,32}$/;

export class Shared {
  /**
   * @param {string} writer  another one for each page load
   * @param {Rules} rules
   */
  constructor(writer, rules) {
    this.writer = writer;
    this.rules = rules;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    /** Rows, the oldest first. @type {Set<string>} */
    this.removed = new Set();
    /** Fields that came before their row: each person's messages are in order, but not those of two. @type {Set<string>} */
    this.early = new Set();
  }

  /**
   * @param {string} key
   * @returns {Value | undefined}
   */
  get(key) {
    const entry = this.entries.get(key);
    return entry && entry[2] < LAST ? entry[1] : undefined;
  }

  /**
   * @param {string} key
   * @param {Value} value
   * @returns {Entry[]} to tell the others; none when it says so already, or may not stand there
   */
  set(key, value) {
    const known = this.entries.get(key);
    const clock = known ? known[2] + 1 : 1;
    if (this.get(key) === value || clock > LAST || !this.fits(key, value)) return [];
    this.put([key, value, clock, this.writer]);
    return this.said(key);
  }

  /**
   * @param {string} key
   * @returns {Entry[]} what stands there, to tell it again
   */
  said(key) {
    const known = this.entries.get(key);
    return known ? [known] : [];
  }

  /**
   * @param {any} entries  from somebody else
   * @param {(key: string) => boolean} [decides]  whether that person alone says what stands there, whatever the clock
   * @returns {string[]} the keys whose value is another now
   */
  merge(entries, decides) {
    /** @type {string[]} */
    const changed = [];
    if (!Array.isArray(entries)) return changed;
    entries.forEach(entry => {
      if (!this.sound(entry)) return;
      const key = entry[0];
      const known = this.entries.get(key);
      if (known && !(decides && decides(key)) && !later(entry, known)) return;
      const before = this.get(key);
      this.put([key, entry[1], entry[2], entry[3]]);
      if (this.get(key) !== before) changed.push(key);
    });
    return changed;
  }

  /** @returns {Entry[]} for somebody who knows nothing */
  all() {
    return Array.from(this.entries.values());
  }

  /**
   * @param {string} list
   * @returns {string[]} the ids of its rows, in their order
   */
  rows(list) {
    return this.living(list).slice(0, this.most(list));
  }

  /**
   * @param {string} list
   * @returns {boolean} whether it takes no more rows from us
   */
  full(list) {
    return this.living(list).length >= this.most(list);
  }

  /**
   * A new row at the end; none when the list is full.
   * @param {string} list
   * @param {string} id  random
   * @returns {Entry[]}
   */
  add(list, id) {
    if (this.full(list)) return [];
    const rows = this.rows(list);
    const last = rows.length ? /** @type {number} */ (this.get(list + '.' + rows[rows.length - 1])) : 0;
    return this.set(list + '.' + id, last + 1);
  }

  /**
   * Removed stays removed, whatever anybody writes in its fields meanwhile.
   * @param {string} list
   * @param {string} id
   * @returns {Entry[]}
   */
  remove(list, id) {
    return this.set(list + '.' + id, null);
  }

  /**
   * @private
   * @param {string} list
   */
  most(list) {
    return this.isList(list) ? this.rules.most[list] : Infinity;
  }

  /**
   * @private
   * @param {string} list
   */
  isList(list) {
    return Object.prototype.hasOwnProperty.call(this.rules.most, list);
  }

  /**
   * @private
   * @param {string} key
   */
  isRow(key) {
    const words = key.split('.');
    return words.length === 2 && this.isList(words[0]);
  }

  /**
   * @private
   * @param {string} list
   * @returns {string[]} all that are kept, in their order
   */
  living(list) {
    const start = list + '.';
    /** @type {{id: string, position: number}[]} */
    const found = [];
    this.entries.forEach((entry, key) => {
      const id = key.slice(start.length);
      if (key.indexOf(start) === 0 && id.indexOf('.') < 0 && typeof entry[1] === 'number' && entry[2] < LAST) found.push({ id: id, position: entry[1] });
    });
    found.sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));
    return found.map(row => row.id);
  }

  /**
   * @private
   * @param {Entry} entry
   */
  put(entry) {
    const key = entry[0];
    const living = typeof this.get(key) === 'number';
    this.entries.set(key, entry);
    if (!this.isRow(key)) {
      if (this.rules.rowsOf(key).some(row => !this.entries.has(row))) this.early.add(key);
      if (this.early.size > MOST_EARLY) this.forget(this.early);
      return;
    }
    if (typeof this.get(key) === 'number') {
      this.removed.delete(key);
      this.early.forEach(field => { if (this.rules.rowsOf(field).every(row => this.entries.has(row))) this.early.delete(field); });
      return;
    }
    this.removed.add(key);
    const fields = living ? Array.from(this.entries.keys()) : Array.from(this.early);
    fields.filter(field => this.rules.rowsOf(field).indexOf(key) >= 0).forEach(field => { this.entries.delete(field); this.early.delete(field); });
    if (this.removed.size > MOST_REMOVED) this.forget(this.removed);
  }

  /**
   * @private
   * @param {Set<string>} keys  the oldest of them
   */
  forget(keys) {
    const key = keys.values().next().value;
    keys.delete(key);
    this.entries.delete(key);
  }

  /**
   * @private
   * @param {any} entry
   */
  sound(entry) {
    return Array.isArray(entry) && entry.length === 4
      && typeof entry[0] === 'string' && this.fits(entry[0], entry[1])
      && Number.isSafeInteger(entry[2]) && entry[2] > 0
      && typeof entry[3] === 'string' && WRITER.test(entry[3]);
  }

  /**
   * @private
   * @param {string} key
   * @param {any} value
   */
  fits(key, value) {
    if (key.length > LONGEST_KEY || !this.rules.accepts(key, value)) return false;
    if (!this.entries.has(key) && this.entries.size >= MOST_KEYS) return false;
    if (this.rules.rowsOf(key).some(row => this.removed.has(row))) return false;
    if (typeof value !== 'number' || !this.isRow(key) || typeof this.get(key) === 'number') return true;
    const list = key.split('.')[0];
    return this.living(list).length < KEPT_OF_MOST * this.most(list);
  }
}

/**
 * @param {Entry} entry
 * @param {Entry} known
 */
function later(entry, known) {
  if (entry[2] !== known[2]) return entry[2] > known[2];
  if (entry[3] !== known[3]) return entry[3] > known[3];
  // One writer never says two things at the same time; should somebody pretend it, all still agree.
  return JSON.stringify(entry[1]) > JSON.stringify(known[1]);
}
