/** A part of our own server's pages in a panel. */
import { room } from './room.js';

/**
 * @param {HTMLElement} place  of the fragment; each takes the place of the one before
 * @param {HTMLElement} failed  shown and said when there is none
 * @param {string} [address]  how the paths begin that belong here: not those of signing in
 * @returns {(url: string, data?: FormData) => Promise<boolean>} puts it there, and tells whether the focus was in the one
 *   before. What comes after a newer question is left out: then, as after a failure, the promise stays open.
 */
export function fragmentIn(place, failed, address = '') {
  let asked = 0;
  return (url, data) => new Promise(resolve => {
    const mine = ++asked;
    fetch(url, { method: data ? 'POST' : 'GET', body: data, headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' }).then(response => {
      const ours = new URL(response.url).pathname.indexOf(address) === 0 && (response.ok || response.status === 409 || response.status === 422);
      return ours ? response.text() : Promise.reject(response);
    }).then(html => {
      if (mine !== asked) return;
      const focused = place.contains(document.activeElement);
      failed.hidden = true;
      place.innerHTML = html;
      resolve(focused);
    }, () => {
      if (mine !== asked) return;
      failed.hidden = false;
      room.announce(failed.textContent);
    });
  });
}
