/** What the parts have for people to take home: filled by them, read by home.js. */
import { room } from './room.js';

/** @typedef {import('./paper.js').Section} Section */

/** @type {{[name: string]: () => Section}} */
export const kept = {};

/** @param {string} name  of a box to tick in parts/home.html @param {() => Section} section */
export function keep(name, section) {
  kept[name] = section;
  // Loaded now: at the end there may be no server any more.
  room.need('home');
}
