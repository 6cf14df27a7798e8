/** Another camera, microphone or speaker in the middle of the talk, and the switch that saves data. */
import { room } from './room.js';
import { save } from './quality.js';
import { deviceOf, fillLists } from '../device_lists.js';

/** @typedef {import('../device_lists.js').Sort} Sort */

const KINDS = /** @type {{[sort: string]: import('./media.js').Kind}} */ ({ videoinput: 'video', audioinput: 'audio' });
const SORTS = /** @type {Sort[]} */ (['videoinput', 'audioinput', 'audiooutput']);
const saving = /** @type {HTMLInputElement} */ (room.find('[data-saving]'));

/** @param {Sort} sort */
function listOf(sort) {
  return /** @type {HTMLSelectElement} */ (room.find('[data-device=' + sort + ']'));
}

/** @param {string} name */
function text(name) {
  return room.find('[data-device-' + name + ']').textContent || '';
}

/** @param {Sort} sort @returns {string} the id of the device that is used now */
function used(sort) {
  if (sort === 'audiooutput') return room.wanted.speaker;
  return deviceOf(room.own(KINDS[sort])) || room.wanted[sort === 'videoinput' ? 'camera' : 'microphone'];
}

function list() {
  return fillLists(SORTS, listOf, used, { unnamed: text('unnamed'), none: text('none') }).then(() => {
    // Speakers can be chosen only in some browsers.
    room.find('[data-speaker]').hidden = !('setSinkId' in HTMLMediaElement.prototype) || !listOf('audiooutput').value;
  });
}

/** @param {string} id */
function speak(id) {
  room.wanted.speaker = id;
  room.keep();
  return Promise.all(room.all('[data-tile-of] video').map(video => /** @type {any} */ (video).setSinkId(id)));
}

/** @param {string} name */
function say(name) {
  room.find('[data-device-said]').textContent = text(name);
  room.announce(text(name));
}

SORTS.forEach(sort => {
  listOf(sort).addEventListener('change', () => {
    const id = listOf(sort).value;
    room.find('[data-device-said]').textContent = '';
    if (sort === 'audiooutput') { speak(id).then(() => say('changed'), () => { speak(''); say('failed'); list(); }); return; }
    room.choose(KINDS[sort], id).then(() => {
      // A camera that is off is chosen for later.
      say(!room.own(KINDS[sort]) || used(sort) === id ? 'changed' : 'failed');
      list();
    });
  });
});

saving.checked = room.wanted.saving;
saving.addEventListener('change', () => save(saving.checked));
if (navigator.mediaDevices && navigator.mediaDevices.addEventListener) navigator.mediaDevices.addEventListener('devicechange', list);

room.part('devices', { shown() { list(); } });
