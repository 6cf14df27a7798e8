/** Another camera, microphone or speaker in the middle of the talk, and the switch that saves data. */
import { room } from './room.js';
import { save } from './quality.js';

/** @typedef {'videoinput' | 'audioinput' | 'audiooutput'} Sort */

const KINDS = /** @type {{[sort: string]: import('./media.js').Kind}} */ ({ videoinput: 'video', audioinput: 'audio' });
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
  const track = room.own(KINDS[sort]);
  return (track && track.getSettings && track.getSettings().deviceId) || room.wanted[sort === 'videoinput' ? 'camera' : 'microphone'];
}

function list() {
  if (!navigator.mediaDevices || !navigator.mediaDevices.enumerateDevices) return Promise.resolve();
  return navigator.mediaDevices.enumerateDevices().then(devices => {
    /** @type {Sort[]} */ (['videoinput', 'audioinput', 'audiooutput']).forEach(sort => {
      const select = listOf(sort);
      const found = devices.filter(device => device.kind === sort);
      while (select.firstChild) select.removeChild(select.firstChild);
      found.forEach((device, number) => {
        const option = document.createElement('option');
        option.value = device.deviceId;
        option.textContent = device.label || text('unnamed') + ' ' + (number + 1);
        select.appendChild(option);
      });
      if (!found.length) {
        const option = document.createElement('option');
        option.textContent = text('none');
        select.appendChild(option);
      }
      select.disabled = found.length < 2;
      select.value = used(sort) || (found[0] ? found[0].deviceId : '');
    });
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

/** @type {Sort[]} */ (['videoinput', 'audioinput', 'audiooutput']).forEach(sort => {
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
