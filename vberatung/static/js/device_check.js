/**
 * The counsellor looks at their own camera and microphone before the first talk of the day. Nothing leaves the browser.
 * The chosen devices are kept for the rooms that this tab opens: ids that the browser has made up for this site.
 */
import { acquire } from './room/media.js';
import { deviceOf, fillLists } from './device_lists.js';

/** @typedef {import('./device_lists.js').Sort} Sort */

const LOOK_EVERY = 100;
/** Root mean square of samples between -1 and 1. */
const SPEECH = 0.02;
const FULL = 0.25;
const SILENT_FOR = 8000;

const video = /** @type {HTMLVideoElement} */ (find('[data-testid=own-picture]'));
const meter = find('[data-check-level]');
const again = find('[data-check-again]');
const chosen = { camera: '', microphone: '' };
const SORTS = /** @type {Sort[]} */ (['videoinput', 'audioinput']);
const NAMES = /** @type {{[sort: string]: 'camera' | 'microphone'}} */ ({ videoinput: 'camera', audioinput: 'microphone' });

/** @type {MediaStream | null} */
let stream = null;
/** @type {AudioContext | null} */
let context = null;
/** @type {AnalyserNode | null} */
let analyser = null;
let since = 0;
/** What was said of the microphone. */
let heard = '';
let asking = 0;

/** @param {string} selector @returns {HTMLElement} */
function find(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

/** @param {string} name */
function text(name) {
  return String(find('[data-check-text=' + name + ']').textContent);
}

/** @param {string} words */
function say(words) {
  const place = find('[data-check-said]');
  if (place.textContent !== words) place.textContent = words;
}

function stop() {
  if (stream) stream.getTracks().forEach(track => track.stop());
  stream = null;
  analyser = null;
  video.srcObject = null;
}

function start() {
  const question = ++asking;
  stop();
  say('');
  heard = '';
  again.hidden = true;
  acquire(true, true, chosen).then(result => {
    if (question !== asking) { result.tracks.forEach(track => track.stop()); return; }
    stream = new MediaStream(result.tracks);
    video.srcObject = stream;
    if (result.devices !== 'ok') {
      heard = result.devices;
      say(String(find('[data-devices-for=' + result.devices + ']').textContent));
      again.hidden = false;
    }
    listen(stream);
    list();
  });
}

/** @param {MediaStream} heardFrom */
function listen(heardFrom) {
  const Context = window.AudioContext || /** @type {any} */ (window).webkitAudioContext;
  since = Date.now();
  if (!Context || !heardFrom.getAudioTracks().length) return;
  context = context || new Context();
  analyser = /** @type {AudioContext} */ (context).createAnalyser();
  analyser.fftSize = 1024;
  /** @type {AudioContext} */ (context).createMediaStreamSource(heardFrom).connect(analyser);
  resume();
}

function resume() {
  if (context && context.state === 'suspended') context.resume().catch(() => { /* The next press tries again. */ });
}

function look() {
  if (!analyser || !context || context.state !== 'running') { since = Date.now(); return; }
  const samples = new Uint8Array(analyser.fftSize);
  analyser.getByteTimeDomainData(samples);
  const loud = Math.sqrt(samples.reduce((sum, sample) => sum + Math.pow((sample - 128) / 128, 2), 0) / samples.length);
  const level = Math.min(100, Math.round(100 * loud / FULL));
  meter.setAttribute('aria-valuenow', String(level));
  /** @type {HTMLElement} */ (meter.firstElementChild).style.width = level + '%';
  if (loud > SPEECH && (heard === '' || heard === 'silent')) {
    heard = 'heard';
    say(text(heard));
  } else if (heard === '' && Date.now() - since > SILENT_FOR) {
    heard = 'silent';
    say(text(heard));
  }
}

/** @param {Sort} sort */
function listOf(sort) {
  return /** @type {HTMLSelectElement} */ (find('[data-check-list=' + sort + ']'));
}

/** @param {Sort} sort @returns {string} */
function used(sort) {
  const kind = sort === 'videoinput' ? 'video' : 'audio';
  return deviceOf(stream ? stream.getTracks().filter(each => each.kind === kind)[0] : undefined) || chosen[NAMES[sort]];
}

function list() {
  fillLists(SORTS, listOf, used, { unnamed: text('unnamed'), none: text('missing') });
}

function keep() {
  try {
    sessionStorage.setItem('devices', JSON.stringify(chosen));
  } catch (error) { /* Then the room takes the usual ones. */ }
}

SORTS.forEach(sort => {
  listOf(sort).addEventListener('change', () => {
    chosen[NAMES[sort]] = listOf(sort).value;
    keep();
    start();
  });
});
again.addEventListener('click', start);
document.addEventListener('click', resume);
document.addEventListener('keydown', resume);
window.addEventListener('pagehide', stop);
// From the browser's memory of pages: the camera was let go when the page was left.
window.addEventListener('pageshow', event => { if (event.persisted) start(); });
if (navigator.mediaDevices && navigator.mediaDevices.addEventListener) navigator.mediaDevices.addEventListener('devicechange', list);
setInterval(look, LOOK_EVERY);
find('[data-check]').hidden = false;
start();
