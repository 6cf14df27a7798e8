/** The tools of a talk: what may stand in them, and what follows from it. Pure; the registers are those of shared.js. */

/** @typedef {import('./shared.js').Shared} Shared */

export const TOOLS = ['scale', 'proscons', 'matrix', 'steps'];
/** The first row of a tool that is opened for the first time. */
export const FIRST = /** @type {{[tool: string]: string[]}} */ ({
  scale: ['scale'], proscons: ['pro', 'con'], matrix: ['option', 'option', 'criterion'], steps: ['step'],
});
/** How many rows there are at most; the matrix has a cell for each option and criterion. @type {{[list: string]: number}} */
const MOST = { option: 12, criterion: 12, scale: 50, pro: 50, con: 50, step: 50 };
const MOST_SCORE = 5;
const USUAL_WEIGHT = 1;

/** @param {number} most @returns {(value: any) => boolean} */
const text = most => value => typeof value === 'string' && value.length <= most;
/** @param {number} least @param {number} most @returns {(value: any) => boolean} */
const whole = (least, most) => value => Number.isInteger(value) && value >= least && value <= most;
/** @param {any} value */
const bool = value => typeof value === 'boolean';
/** @param {any} value */
const day = value => value === '' || (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !isNaN(Date.parse(value)));

/** @type {{[list: string]: {[field: string]: (value: any) => boolean}}} */
const FIELDS = {
  scale: { question: text(200), value: whole(0, 10), reason: text(1000) },
  pro: { text: text(300) },
  con: { text: text(300) },
  option: { name: text(100) },
  criterion: { name: text(100), weight: whole(1, 5) },
  step: { what: text(300), who: text(80), when: day, done: bool },
};
const ID = /^[a-z0-9]{4,24}$/;

/**
 * @param {string} key
 * @param {any} value
 * @returns {boolean}
 */
export function accepts(key, value) {
  const words = key.split('.');
  if (words.length === 2 && words[0] === 'open') return TOOLS.indexOf(words[1]) >= 0 && bool(value);
  if (words.length === 2 && words[0] === 'topic') return TOOLS.indexOf(words[1]) >= 0 && text(200)(value);
  if (words[0] === 'cell') return words.length === 3 && ID.test(words[1]) && ID.test(words[2]) && whole(0, MOST_SCORE)(value);
  if (!Object.prototype.hasOwnProperty.call(FIELDS, words[0]) || !ID.test(words[1] || '')) return false;
  const fields = FIELDS[words[0]];
  if (words.length === 2) return value === null || (typeof value === 'number' && Number.isFinite(value));
  return words.length === 3 && Object.prototype.hasOwnProperty.call(fields, words[2]) && fields[words[2]](value);
}

/**
 * @param {string} key
 * @returns {string[]} the rows without which it is of no use
 */
function rowsOf(key) {
  const words = key.split('.');
  if (words.length < 3) return [];
  return words[0] === 'cell' ? ['option.' + words[1], 'criterion.' + words[2]] : [words[0] + '.' + words[1]];
}

/** @type {import('./shared.js').Rules} */
export const RULES = { accepts: accepts, most: MOST, rowsOf: rowsOf };

/**
 * @param {string} key
 * @returns {string} the tool that it belongs to
 */
export function toolOf(key) {
  const words = key.split('.');
  if (words[0] === 'open' || words[0] === 'topic') return words[1];
  if (words[0] === 'pro' || words[0] === 'con') return 'proscons';
  if (words[0] === 'step') return 'steps';
  return words[0] === 'scale' ? 'scale' : 'matrix';
}

/**
 * @param {Shared} shared
 * @param {string} criterion
 * @returns {number} 1 to 5
 */
export function weight(shared, criterion) {
  return /** @type {number} */ (shared.get('criterion.' + criterion + '.weight')) || USUAL_WEIGHT;
}

/**
 * @param {Shared} shared
 * @param {string} option
 * @returns {{points: number, most: number}} the weighted sum, and the greatest that there can be
 */
export function points(shared, option) {
  return shared.rows('criterion').reduce((sum, criterion) => {
    const score = /** @type {number} */ (shared.get('cell.' + option + '.' + criterion)) || 0;
    const heavy = weight(shared, criterion);
    return { points: sum.points + score * heavy, most: sum.most + MOST_SCORE * heavy };
  }, { points: 0, most: 0 });
}
