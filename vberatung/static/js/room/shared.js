/**
 * What several people change at once, and all see alike in the end: registers in which the last writer wins, and lists made of them.
 * Pure. "Last" is by a Lamport clock and, where that is equal, by the writer: so the order in which messages arrive does not matter,
 * nor whether one arrives twice (a state-based LWW map, Shapiro et al. 2011).
 *
 * A row of a list is a register `list.id` with its position, or null when it was removed; its fields are `list.id.field`.
 *
 * @typedef {string | number | boolean | null} Value
 * @typedef {[string, Value, number, string]} Entry  key, value, clock, writer
 */

const MOST_KEYS = 1500;
const LONGEST_KEY = 80;
/** A stranger's clock may be ahead, but not so far that ours would come to its end. */
const MOST_AHEAD = 100000;
const WRITER = /^[a-z0-9]{8,32}$/;

export class Shared {
  /**
   * @param {string} writer  another one for each page load
   * @param {(key: string, value: any) => boolean} accepts  what may stand there
   */
  constructor(writer, accepts) {
    this.writer = writer;
    this.accepts = accepts;
    this.clock = 0;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
  }

  /**
   * @param {string} key
   * @returns {Value | undefined}
   */
  get(key) {
    const entry = this.entries.get(key);
    return entry && entry[1];
  }

  /**
   * @param {string} key
   * @param {Value} value
   * @returns {Entry[]} to tell the others; none when it says so already, or may not stand there
   */
  set(key, value) {
    if (this.get(key) === value || !this.fits(key, value)) return [];
    const entry = /** @type {Entry} */ ([key, value, ++this.clock, this.writer]);
    this.entries.set(key, entry);
    return [entry];
  }

  /**
   * Says once more what stands there, later than what somebody else says of it.
   * @param {string} key
   * @param {any} clock  of the other
   * @returns {Entry[]}
   */
  insist(key, clock) {
    const known = this.entries.get(key);
    if (!known) return [];
    if (Number.isSafeInteger(clock) && clock <= this.clock + MOST_AHEAD) this.clock = Math.max(this.clock, clock);
    const entry = /** @type {Entry} */ ([key, known[1], ++this.clock, this.writer]);
    this.entries.set(key, entry);
    return [entry];
  }

  /**
   * @param {any} entries  from somebody else
   * @returns {string[]} the keys whose value is another now
   */
  merge(entries) {
    /** @type {string[]} */
    const changed = [];
    if (!Array.isArray(entries)) return changed;
    entries.forEach(entry => {
      if (!this.sound(entry)) return;
      const key = entry[0];
      const known = this.entries.get(key);
      this.clock = Math.max(this.clock, entry[2]);
      if (known && !later(entry, known)) return;
      this.entries.set(key, [key, entry[1], entry[2], entry[3]]);
      if (!known || known[1] !== entry[1]) changed.push(key);
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
    const start = list + '.';
    /** @type {{id: string, position: number}[]} */
    const found = [];
    this.entries.forEach((entry, key) => {
      const id = key.slice(start.length);
      if (key.indexOf(start) === 0 && id.indexOf('.') < 0 && typeof entry[1] === 'number') found.push({ id: id, position: entry[1] });
    });
    found.sort((one, other) => one.position - other.position || (one.id < other.id ? -1 : 1));
    return found.map(row => row.id);
  }

  /**
   * A new row at the end.
   * @param {string} list
   * @param {string} id  random
   * @returns {Entry[]}
   */
  add(list, id) {
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
   * @param {any} entry
   */
  sound(entry) {
    return Array.isArray(entry) && entry.length === 4
      && typeof entry[0] === 'string' && this.fits(entry[0], entry[1])
      && Number.isSafeInteger(entry[2]) && entry[2] > 0 && entry[2] <= this.clock + MOST_AHEAD
      && typeof entry[3] === 'string' && WRITER.test(entry[3]);
  }

  /**
   * @private
   * @param {string} key
   * @param {any} value
   */
  fits(key, value) {
    return key.length <= LONGEST_KEY && (this.entries.has(key) || this.entries.size < MOST_KEYS) && this.accepts(key, value);
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
