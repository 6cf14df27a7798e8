/**
 * The face of the room. Every sentence stands in the template (room/room.html): here only states, marks and numbers change.
 *
 * A view is what the page shows; `data-state` is its name for the outside. Elements with `data-show` are there in the
 * views that they list; the text of the view (`data-for`) is copied into the live region, so that it is read out once.
 */
import { randomId, Signalling } from './signalling.js';
import { acquire, Call, canCall, canSwapTracks, tracks } from './media.js';

/** @typedef {import('./media.js').Kind} Kind */

const TALK = ['joining', 'waiting', 'arrived', 'admitted', 'connecting', 'connected', 'reconnecting'];
/** Views that are finer than the state that they belong to. */
const STATE = /** @type {{[view: string]: string}} */ ({ before: 'checking', 'join-failed': 'checking', joining: 'checking', arrived: 'waiting', left: 'ended' });
const REFUSED = /** @type {{[status: number]: string}} */ ({ 400: 'version', 403: 'forbidden', 404: 'not-found', 410: 'ended', 425: 'not-open' });
const MISSING = ['none', 'no-camera', 'no-microphone'];
const SOCKET_MAY_BE_AWAY = 3000;
const QUESTION_MAY_BE_OPEN = 1200;

const root = find('[data-room]');
const settings = root.dataset;
const remoteVideo = /** @type {HTMLVideoElement} */ (find('[data-testid=remote-video]'));
const selfVideo = /** @type {HTMLVideoElement} */ (find('[data-testid=self-video]'));
const baseTitle = document.title;

/* What is so. `view()` makes one word of it. */
let outside = 'before';
let shown = '';
let welcomed = false;
let admitted = false;
/** The counsellor's: somebody is in the waiting room; somebody has been let in or seen. */
let waits = false;
let expected = false;
let away = false;
let awayTimer = 0;
let ending = false;
let connectedAt = 0;
/** What the person wants to send; whether a device gives it is another matter. Kept through a reload. */
const wanted = Object.assign({ audio: true, video: true }, history.state);
let asking = 0;

const call = new Call((type, fields) => signalling.send(type, fields), callChanged);
const signalling = new Signalling(
  location.protocol.replace('http', 'ws') + '//' + location.host + settings.socket,
  { client: clientId(), page: randomId() },
  { audio: false, video: false },
  {
    welcome(message) {
      clearTimeout(awayTimer);
      welcomed = true;
      away = false;
      admitted = message.admitted;
      call.welcome(message);
      if (ending) signalling.send('end');
      show();
    },
    admitted() { admitted = true; show(); },
    waiting(message) { waits = message.waiting; show(); },
    peer(message) {
      const peer = message.peer;
      if (peer) {
        expected = true;
        mark('peer-audio', !peer.media.audio);
        mark('peer-video', !peer.media.video);
        root.classList.toggle('room--no-picture', !peer.media.video);
      }
      call.peer(peer, message.left);
    },
    description(message) { call.description(message.description); },
    candidate(message) { call.candidate(message.candidate); },
    renegotiate(message) { call.renegotiate(message.restart); },
    lost() {
      call.away(false);
      clearTimeout(awayTimer);
      awayTimer = setTimeout(() => { away = true; show(); }, SOCKET_MAY_BE_AWAY);
    },
    stopped(code) { finish(code); },
  });

/* ---- Views ---- */

/** @returns {string} */
function view() {
  if (outside) return outside;
  if (call.state === 'connected') return 'connected';
  if (call.state === 'lost' || away) return 'reconnecting';
  if (!welcomed) return 'joining';
  if (waits) return 'arrived';
  if (!admitted) return 'waiting';
  if (call.state === 'connecting') return 'connecting';
  return settings.role === 'counsellor' && !expected ? 'waiting' : 'admitted';
}

function show() {
  const next = view();
  if (next === shown) return;
  shown = next;
  const focused = document.activeElement;
  root.dataset.view = next;
  root.dataset.mode = TALK.indexOf(next) < 0 ? 'page' : 'talk';
  find('[data-testid=state]').dataset.state = STATE[next] || next;
  all('[data-show]').forEach(element => { element.hidden = words(element.dataset.show).indexOf(next) < 0; });
  const text = find('[data-for=' + next + ']');
  say('status', 'alert' in text.dataset ? '' : text.textContent);
  say('alert', 'alert' in text.dataset ? text.textContent : '');
  document.title = text.dataset.title ? text.dataset.title + ' – ' + baseTitle : baseTitle;
  // Only when the control that had the focus is gone, the focus goes to the heading above the new text.
  if (focused && focused !== document.body && !focused.getClientRects().length) find('[data-heading]').focus();
}

function callChanged() {
  const lost = call.state === 'lost';
  if (lost && !signalling.withoutMedia) {
    signalling.withoutMedia = true;
    signalling.hurry();
  }
  signalling.withoutMedia = lost;
  if (call.state === 'connected' && !connectedAt) {
    connectedAt = Date.now();
    tick();
  }
  // Sound and picture come one after the other: attach them together.
  setTimeout(attachRemote);
  show();
}

function attachRemote() {
  if (outside || !call.remote.getTracks().length) return;
  if (remoteVideo.srcObject !== call.remote) {
    setStream(remoteVideo, call.remote);
    play();
  }
}

/** Browsers may want a click before they play sound: until then the picture alone. */
function play() {
  const playing = remoteVideo.play();
  if (playing) {
    playing.then(() => mark('sound', remoteVideo.muted), error => {
      if (error.name !== 'NotAllowedError') return;
      mark('sound', true);
      if (remoteVideo.muted) return;
      remoteVideo.muted = true;
      play();
    });
  }
}

function tick() {
  if (!connectedAt) return;
  find('[data-minutes]').textContent = String(Math.floor((Date.now() - connectedAt) / 60000));
  mark('clock', true);
}

/* ---- Coming and going ---- */

/** @param {boolean} takeover */
function begin(takeover) {
  start();
  signalling.connect(takeover);
}

/** Into the talk, with whatever camera and microphone there will be. */
function start() {
  outside = '';
  welcomed = away = waits = ending = false;
  show();
  keepAwake();
  getDevices();
}

/** @param {string} code  a view outside the talk */
function finish(code) {
  outside = code;
  asking++;
  clearTimeout(awayTimer);
  signalling.drop();
  call.close();
  release('audio');
  release('video');
  setStream(remoteVideo, null);
  connectedAt = 0;
  ['clock', 'sound', 'devices'].forEach(name => mark(name, false));
  confirmEnd(false);
  letSleep();
  show();
}

/** @param {Event} event */
function join(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  // This click is the gesture that lets the browser play sound later.
  const playing = remoteVideo.play();
  if (playing) playing.catch(ignore);
  start();
  fetch(form.action, { method: 'POST', body: new FormData(form), headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' }).then(
    response => {
      if (outside) return;
      if (response.ok) signalling.connect(false);
      else finish(REFUSED[response.status] || 'join-failed');
    },
    () => finish('join-failed'));
}

/** The question takes the place of the controls. @param {boolean} open */
function confirmEnd(open) {
  mark('confirm', open);
  mark('controls', !open);
}

/* ---- Camera and microphone ---- */

/** Asks for what is missing. A question that is still open is replaced by this one. */
function getDevices() {
  const audio = !own('audio');
  const video = !own('video') && wanted.video;
  const question = ++asking;
  setDevices('ok');
  if (!audio && !video) return;
  const timer = setTimeout(() => { if (question === asking) setDevices('asking'); }, QUESTION_MAY_BE_OPEN);
  acquire(audio, video).then(result => {
    clearTimeout(timer);
    if (question !== asking) { result.tracks.forEach(track => track.stop()); return; }
    result.tracks.forEach(take);
    setDevices(result.devices);
    mediaChanged();
  });
}

/** @param {MediaStreamTrack} track */
function take(track) {
  const kind = /** @type {Kind} */ (track.kind);
  release(kind);
  if (kind === 'video' && !wanted.video) { track.stop(); return; }
  track.enabled = wanted[kind];
  track.onended = () => {
    release(kind);
    setDevices(kind === 'audio' ? 'no-microphone' : 'no-camera');
    mediaChanged();
  };
  call.setTrack(kind, track);
  setStream(selfVideo, call.local);
  const playing = selfVideo.play();
  if (playing) playing.catch(ignore);
}

/** @param {Kind} kind */
function release(kind) {
  const track = own(kind);
  if (!track) return;
  track.onended = null;
  track.stop();
  call.setTrack(kind, null);
}

/** @param {Kind} kind */
function own(kind) {
  return tracks(call.local, kind)[0];
}

/** @param {Kind} kind */
function toggle(kind) {
  const track = own(kind);
  wanted[kind] = !(track && track.enabled);
  history.replaceState({ audio: wanted.audio, video: wanted.video }, '');
  if (!track) getDevices();
  // Off means off: the camera's lamp goes out.
  else if (kind === 'video' && !wanted.video && canSwapTracks()) release('video');
  else track.enabled = wanted[kind];
  mediaChanged();
}

function mediaChanged() {
  const media = { audio: false, video: false };
  /** @type {Kind[]} */ (['audio', 'video']).forEach(kind => {
    const track = own(kind);
    media[kind] = Boolean(track && track.enabled);
    mark('own-' + kind, !media[kind]);
    find('[data-toggle=' + kind + ']').setAttribute('aria-pressed', String(media[kind]));
  });
  root.classList.toggle('room--no-self', !media.video);
  if (media.audio !== signalling.media.audio || media.video !== signalling.media.video) signalling.setMedia(media);
}

/** @param {string} devices */
function setDevices(devices) {
  const place = find('[data-devices]');
  place.dataset.devices = devices;
  const text = devices === 'ok' ? '' : find('[data-devices-for=' + devices + ']').textContent;
  say('devices', text);
  mark('devices', Boolean(text));
}

/* ---- The screen stays on ---- */

/** @type {any} */
let wakeLock = null;

function keepAwake() {
  if (!('wakeLock' in navigator) || outside) return;
  /** @type {any} */ (navigator).wakeLock.request('screen').then((/** @type {any} */ lock) => { wakeLock = lock; }).catch(ignore);
}

function letSleep() {
  if (wakeLock) wakeLock.release().catch(ignore);
  wakeLock = null;
}

/* ---- Small things ---- */

/** @returns {string} the same for this tab through reloads, and nowhere else */
function clientId() {
  try {
    const id = sessionStorage.getItem('client') || randomId();
    sessionStorage.setItem('client', id);
    return id;
  } catch (error) {
    return randomId();
  }
}

/**
 * @param {string} selector
 * @returns {HTMLElement}
 */
function find(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

/**
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
function all(selector) {
  return Array.from(document.querySelectorAll(selector));
}

/** @param {string} [list] */
function words(list) {
  return (list || '').split(' ');
}

/**
 * @param {string} name  of a live region
 * @param {string | null} text  from the template
 */
function say(name, text) {
  const region = find('[data-say=' + name + ']');
  if (region.textContent !== text) region.textContent = text;
}

/**
 * Shows or hides what the template marks with this name; a mark may be missing for a role.
 * @param {string} name
 * @param {boolean} on
 */
function mark(name, on) {
  all('[data-mark=' + name + ']').forEach(element => { element.hidden = !on; });
}

/**
 * @param {HTMLVideoElement} video
 * @param {MediaStream | null} stream
 */
function setStream(video, stream) {
  if (!('srcObject' in video)) /** @type {any} */ (video).src = stream ? URL.createObjectURL(/** @type {any} */ (stream)) : '';
  else if (video.srcObject !== stream) video.srcObject = stream;
}

/**
 * @param {string} name  a data-do of the template
 * @param {(event: Event) => void} action
 */
function on(name, action) {
  all('[data-do=' + name + ']').forEach(element => element.addEventListener(element.tagName === 'FORM' ? 'submit' : 'click', action));
}

function ignore() { /* Said by the callers' comments. */ }

/* ---- Wiring ---- */

on('join', join);
on('again', () => begin(true));
on('audio', () => toggle('audio'));
on('video', () => toggle('video'));
on('sound', () => { remoteVideo.muted = false; play(); });
on('retry', getDevices);
on('dismiss', () => setDevices('ok'));
on('admit', () => { if (signalling.send('admit')) expected = true; });
on('hang-up', () => { signalling.send('bye'); finish('left'); });
on('end', () => { confirmEnd(true); find('[data-do=end-now]').focus(); });
on('end-back', () => { confirmEnd(false); find('[data-do=end]').focus(); });
on('end-now', () => { ending = true; confirmEnd(false); find('[data-heading]').focus(); signalling.send('end'); });
on('call-me', () => { signalling.send('bye'); signalling.drop(); call.close(); });

remoteVideo.addEventListener('pause', () => { if (!outside) play(); });
// A headset was plugged in.
if (navigator.mediaDevices) navigator.mediaDevices.ondevicechange = () => { if (!outside && MISSING.indexOf(find('[data-devices]').dataset.devices || '') >= 0) getDevices(); };
window.addEventListener('online', () => { signalling.hurry(); call.hurry(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && !outside) { signalling.hurry(); keepAwake(); } });

setInterval(tick, 5000);
Object.assign(window, { roomStats: () => call.stats() });

if (!canCall()) finish('unsupported');
else if ('autoJoin' in settings) begin(false);
else show();
