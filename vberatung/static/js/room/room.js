/**
 * The face of the room. Every sentence stands in the template (room/room.html): here only states, marks and numbers change.
 *
 * A view is what the page shows; `data-state` is its name for the outside. Elements with `data-show` are there in the
 * views that they list; the text of the view (`data-for`) is copied into the live region, so that it is read out once.
 *
 * What is not needed for the first talk is a part: a fragment of HTML in the page's language and a module, both loaded
 * when it is opened here or used by somebody else. See `part` at the end.
 */
import { randomId, Signalling } from './signalling.js';
import { acquire, canCall, canSwapTracks, facing, Mesh, tracks } from './media.js';

/** @typedef {import('./media.js').Kind} Kind */
/** @typedef {import('./media.js').Call} Call */
/** @typedef {import('./signalling.js').Waiting} Waiting */

const TALK = ['joining', 'waiting', 'arrived', 'admitted', 'connecting', 'connected', 'reconnecting'];
/** Views that are finer than the state that they belong to. */
const STATE = /** @type {{[view: string]: string}} */ ({ before: 'checking', 'join-failed': 'checking', joining: 'checking', arrived: 'waiting', left: 'ended' });
const REFUSED = /** @type {{[status: number]: string}} */ ({ 400: 'version', 403: 'forbidden', 404: 'not-found', 410: 'ended', 425: 'not-open' });
const MISSING = ['none', 'no-camera', 'no-microphone'];
const SOCKET_MAY_BE_AWAY = 3000;
const QUESTION_MAY_BE_OPEN = 1200;
const SAID_FOR = 5000;
const PASSES = 400;
const QUALITY_AFTER = 1000;
const MOST_HELD = 4e6;
const MUTED_IS_LOST = 2000;
const SLEPT = 3000;
const LONG = 10000;
const KINDS = /** @type {Kind[]} */ (['audio', 'video']);

const root = find('[data-room]');
const settings = root.dataset;
const tiles = find('[data-tiles]');
const selfVideo = /** @type {HTMLVideoElement} */ (find('[data-testid=self-video]'));
const baseTitle = document.title;

/* What is so. `view()` makes one word of it. */
let outside = 'before';
let shown = '';
let passing = 0;
let welcomed = false;
let admitted = false;
/** The counsellor's: who is in the waiting room; somebody has been let in or seen. */
let waits = /** @type {Waiting[]} */ ([]);
let expected = false;
let away = false;
let awayTimer = 0;
let longTimer = 0;
/** The view lasts longer than it should, and says so. */
let lasts = false;
let ending = false;
let connectedAt = 0;
/** We come from another device, where the talk goes on until it runs here. */
let settles = 'settles' in settings;
/** What the person wants to send, and with which devices; whether they give it is another matter. Kept through a reload. */
const wanted = Object.assign({ audio: true, video: true, microphone: '', camera: '', speaker: '', saving: false, keys: true }, chosenBefore(), history.state);
let asking = 0;
/** A device was lost while nobody saw the page; since when nobody does. */
let interrupted = false;
let hiddenSince = 0;
/** Something has happened that nobody saw. */
let unseen = false;

const mesh = new Mesh((type, fields) => signalling.send(type, fields), { changed: callChanged, heard, opened });
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
      mesh.welcome(message);
      if (ending) signalling.send('end');
      if (!admitted) settle();
      show();
    },
    admitted() { admitted = true; show(); },
    waiting(message) {
      const known = waits.map(person => person.id);
      const before = shown;
      waits = message.people;
      showWaiting();
      show();
      // A new view says it itself.
      const texts = waits.filter(person => known.indexOf(person.id) < 0).map(waitingText);
      if (texts.length && shown === before) announce(texts.join(' '));
    },
    peer(message) {
      expected = expected || message.id === 'jobseeker';
      mesh.peer(message);
    },
    news() { each(listener => listener.news && listener.news()); },
    relayed(type, message) { mesh.relayed(type, message); },
    lost() {
      mesh.away();
      clearTimeout(awayTimer);
      awayTimer = setTimeout(() => { away = true; show(); }, SOCKET_MAY_BE_AWAY);
    },
    stopped(code) { finish(code); },
  });

/* ---- Views ---- */

/** @returns {string} */
function view() {
  if (outside) return outside;
  if (mesh.state === 'connected') return 'connected';
  if (mesh.state === 'lost' || away) return 'reconnecting';
  if (!welcomed) return 'joining';
  if (waits.some(person => person.id === 'jobseeker')) return 'arrived';
  if (!admitted) return 'waiting';
  if (mesh.state === 'connecting') return 'connecting';
  return settings.role === 'counsellor' && !expected ? 'waiting' : 'admitted';
}

/** Shows what is so. On the way into the talk, a view that only flashes by is neither shown nor read out. */
function show() {
  const next = view();
  if (shown === 'joining' && (next === 'admitted' || next === 'connecting')) {
    passing = passing || setTimeout(turn, PASSES);
  } else if (next !== shown) {
    turn();
  } else if (!saying) {
    say('status', usual());
  }
}

function turn() {
  const next = view();
  clearTimeout(passing);
  passing = 0;
  shown = next;
  takesLong(false);
  const focused = document.activeElement;
  root.dataset.view = next;
  root.dataset.mode = TALK.indexOf(next) < 0 ? 'page' : 'talk';
  find('[data-testid=state]').dataset.state = STATE[next] || next;
  all('[data-show]').forEach(element => { element.hidden = words(element.dataset.show).indexOf(next) < 0; });
  const text = find('[data-for=' + next + ']');
  announce('alert' in text.dataset ? '' : text.textContent);
  say('alert', 'alert' in text.dataset ? text.textContent : '');
  notice();
  bring(next);
  clearTimeout(longTimer);
  longTimer = setTimeout(() => takesLong(true), LONG);
  rescue(focused);
}

/** What has not come about by now may never. @param {boolean} on */
function takesLong(on) {
  if (on) bring('long');
  lasts = on && Boolean(document.querySelector('[data-lasts-for=' + shown + ']'));
  root.classList.toggle('room--lasts', lasts);
  mark('lasts', lasts);
  if (lasts) announce();
}

/**
 * The focus is never lost: when the control that had it is gone, it goes to the heading.
 * @param {Element | null} focused  before the change
 */
function rescue(focused) {
  if (isGone(focused)) find('[data-heading]').focus();
}

/** @param {Element | null} focused */
function isGone(focused) {
  return Boolean(focused && focused !== document.body && !focused.getClientRects().length);
}

/** The title says how it is, and quietly, that something has happened while another window was in front. */
function notice() {
  const words = find('[data-for=' + shown + ']').dataset.title;
  unseen = document.hidden;
  document.title = (unseen ? '● ' : '') + (words ? words + ' – ' : '') + baseTitle;
}

/** @param {Call} call  came, went, or is another in something */
function callChanged(call) {
  const lost = mesh.state === 'lost';
  if (lost && !signalling.withoutMedia) {
    signalling.withoutMedia = true;
    signalling.hurry();
  }
  signalling.withoutMedia = lost;
  if (mesh.state === 'connected' && !connectedAt) {
    connectedAt = Date.now();
    tick();
    if (!parts.quality) setTimeout(() => run(settings.quality), QUALITY_AFTER);
  }
  showTile(call);
  // Sound and picture come one after the other: attach them together.
  setTimeout(() => attach(call));
  show();
  each(listener => listener.changed && listener.changed(call));
}

/** It runs here: the other device may let go. */
function settle() {
  if (settles && signalling.send('settled')) settles = false;
}

/* ---- Tiles: one for each other person ---- */

/**
 * @param {string} id  of a place
 * @returns {HTMLElement | undefined}
 */
function tileOf(id) {
  return all('[data-tile-of]').filter(tile => tile.dataset.tileOf === id)[0];
}

/** @param {Call} call */
function showTile(call) {
  let tile = tileOf(call.id);
  const peer = call.peer;
  const focused = document.activeElement;
  if (!peer || outside) {
    if (tile) tiles.removeChild(tile);
    rescue(focused);
  } else {
    if (!tile) {
      // With the third person there is more to each tile; whoever was there before us has not just come.
      const later = connectedAt > 0;
      if (tiles.children.length) forPart('people', part => part.came && part.came(call, later));
      tile = copy('[data-tile]');
      tile.dataset.tileOf = call.id;
      tiles.appendChild(tile);
      const added = videoOf(tile);
      added.addEventListener('playing', () => {
        call.took = call.took || Date.now() - call.metAt;
        settle();
      });
      added.addEventListener('pause', () => { if (!outside && added.isConnected) play(added); });
    }
    const named = /** @type {HTMLElement} */ (tile.querySelector('[data-name]'));
    if (named.textContent !== peer.name) {
      named.textContent = peer.name;
      /** @type {HTMLElement} */ (tile.querySelector('[data-role]')).textContent = find('[data-role-word=' + peer.role + ']').textContent;
      videoOf(tile).setAttribute('aria-label', peer.name);
    }
    note(tile, 'audio', !peer.media.audio);
    note(tile, 'video', !peer.media.video);
    note(tile, 'lost', call.state === 'lost' && mesh.state === 'connected');
    tile.classList.toggle('tile--no-picture', !peer.media.video);
  }
  root.dataset.people = String(tiles.children.length);
}

/**
 * @param {HTMLElement} tile
 * @param {string} name
 * @param {boolean} on
 */
function note(tile, name, on) {
  /** @type {HTMLElement} */ (tile.querySelector('[data-note=' + name + ']')).hidden = !on;
}

/**
 * @param {HTMLElement} tile
 * @returns {HTMLVideoElement}
 */
function videoOf(tile) {
  return /** @type {HTMLVideoElement} */ (tile.querySelector('video'));
}

/** @param {Call} call */
function attach(call) {
  const tile = tileOf(call.id);
  if (!tile || !call.remote.getTracks().length) return;
  const video = /** @type {any} */ (videoOf(tile));
  if (video.srcObject === call.remote) return;
  if (wanted.speaker && video.setSinkId) video.setSinkId(wanted.speaker).catch(ignore);
  setStream(video, call.remote);
  play(video);
}

/** Browsers may want a click before they play sound: until then the picture alone. @param {HTMLVideoElement} video */
function play(video) {
  const playing = video.play();
  if (playing) {
    playing.then(() => mark('sound', silenced()), error => {
      if (error.name !== 'NotAllowedError') return;
      mark('sound', true);
      say('heard', find('[data-say=sound]').textContent);
      if (video.muted) return;
      video.muted = true;
      play(video);
    });
  }
}

function silenced() {
  return all('[data-tile-of]').some(tile => videoOf(tile).muted);
}

/* ---- The waiting room, as the counsellor sees it ---- */

function showWaiting() {
  const list = document.querySelector('[data-waiting]');
  const focused = document.activeElement;
  if (!list || list.getAttribute('data-waiting') === JSON.stringify(waits)) return;
  list.setAttribute('data-waiting', JSON.stringify(waits));
  if (waits.length) notice();
  while (list.firstChild) list.removeChild(list.firstChild);
  waits.forEach(person => {
    const item = copy('[data-waiting-person]');
    /** @type {HTMLElement} */ (item.querySelector('p')).textContent = waitingText(person);
    /** @type {HTMLElement} */ (item.querySelector('button')).onclick = () => { if (signalling.send('admit', { id: person.id })) expected = true; };
    list.appendChild(item);
  });
  rescue(focused);
}

/** @param {Waiting} person @returns {string} */
function waitingText(person) {
  const words = { name: person.name, role: find('[data-role-word=' + person.role + ']').textContent };
  return String(/** @type {Element} */ (copy('[data-waiting-person]').querySelector('p')).textContent)
    .replace(/{(name|role)}/g, (match, word) => String(word === 'name' ? words.name : words.role));
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
  welcomed = away = ending = false;
  waits = [];
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
  mesh.close();
  release('audio');
  release('video');
  connectedAt = 0;
  ['clock', 'sound', 'devices'].forEach(name => mark(name, false));
  each(listener => listener.over && listener.over());
  waits = [];
  showWaiting();
  openPart();
  confirmEnd(false);
  letSleep();
  show();
}

/** @param {Event} event */
function join(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
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
  if (!audio && !video) return Promise.resolve();
  const timer = setTimeout(() => { if (question === asking) setDevices('asking'); }, QUESTION_MAY_BE_OPEN);
  return acquire(audio, video, wanted).then(result => {
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
  track.onended = () => lose(kind, track);
  track.onmute = () => setTimeout(() => { if (track.muted) lose(kind, track); }, MUTED_IS_LOST);
  mesh.setTrack(kind, track);
  if (kind === 'video') showCamera(track);
  setStream(selfVideo, mesh.local);
  const playing = selfVideo.play();
  if (playing) playing.catch(ignore);
}

/** @param {Kind} kind */
function release(kind) {
  const track = own(kind);
  if (!track) return;
  track.onended = track.onmute = null;
  track.stop();
  mesh.setTrack(kind, null);
}

/** @param {Kind} kind */
function own(kind) {
  return tracks(mesh.local, kind)[0];
}

/**
 * A device gives nothing more: it was unplugged, or a phone call took it. Perhaps it comes back, or another will do.
 * @param {Kind} kind
 * @param {MediaStreamTrack} [track]  only if it is still this one
 */
function lose(kind, track) {
  if (outside || (track && own(kind) !== track)) return;
  release(kind);
  mediaChanged();
  // Phones give nothing to a page that nobody sees.
  if (document.hidden) interrupted = true;
  else getDevices();
}

/** Here again, after a phone call, the lock screen or another app. */
function back() {
  unseen = false;
  if (shown) notice();
  if (outside) return;
  signalling.hurry();
  if (Date.now() - hiddenSince > SLEPT) mesh.hurry();
  keepAwake();
  KINDS.forEach(kind => {
    const track = own(kind);
    if (track && (track.readyState === 'ended' || track.muted)) lose(kind);
  });
  if (interrupted) getDevices();
  interrupted = false;
  all('[data-tile-of]').map(videoOf).concat(selfVideo).forEach(video => { if (video.srcObject && video.paused) play(video); });
  each(listener => listener.back && listener.back());
}

/**
 * Another device of this kind from now on. The old one is let go first: many phones open only one camera at a time.
 * @param {Kind} kind
 * @param {string} id  see `acquire`
 */
function choose(kind, id) {
  wanted[kind === 'audio' ? 'microphone' : 'camera'] = id;
  keep();
  if (!own(kind)) return Promise.resolve();
  release(kind);
  return getDevices();
}

/** What was plugged in may be missing, or what was chosen. */
function plugged() {
  if (outside) return;
  let missing = MISSING.indexOf(find('[data-devices]').dataset.devices || '') >= 0;
  navigator.mediaDevices.enumerateDevices().then(devices => {
    KINDS.forEach(kind => {
      const id = wanted[kind === 'audio' ? 'microphone' : 'camera'];
      const track = own(kind);
      const used = track && track.getSettings ? track.getSettings() : /** @type {any} */ ({});
      if (!id || !used.deviceId || used.displaySurface || used.deviceId === id || !devices.some(device => device.deviceId === id)) return;
      release(kind);
      missing = true;
    });
    if (missing) getDevices();
  });
}

/** The camera that looks away from its owner is not shown as in a mirror. @param {MediaStreamTrack} track */
function showCamera(track) {
  root.classList.toggle('room--away', facing(track) === 'environment');
  if (!facing(track) || !navigator.mediaDevices.enumerateDevices) { mark('flip', false); return; }
  navigator.mediaDevices.enumerateDevices().then(devices => {
    mark('flip', devices.filter(device => device.kind === 'videoinput').length > 1);
  });
}

function keep() {
  history.replaceState(wanted, '');
}

/** @param {Kind} kind */
function toggle(kind) {
  const track = own(kind);
  wanted[kind] = !(track && track.enabled);
  keep();
  if (!track) getDevices();
  // Off means off: the camera's lamp goes out.
  else if (kind === 'video' && !wanted.video && canSwapTracks()) release('video');
  else track.enabled = wanted[kind];
  mediaChanged();
}

function mediaChanged() {
  const media = { audio: false, video: false };
  KINDS.forEach(kind => {
    const track = own(kind);
    media[kind] = Boolean(track && track.enabled);
    mark('own-' + kind, !media[kind]);
    const button = find('[data-toggle=' + kind + ']');
    button.setAttribute('aria-pressed', String(media[kind]));
    button.title = button.dataset[media[kind] ? 'off' : 'on'] || '';
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
  say('heard', text);
  mark('devices', Boolean(text));
  if (text && devices !== 'asking') bring('devices');
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

/** @returns {object | null} the devices that were chosen in this tab before (device_check.js) */
function chosenBefore() {
  try {
    return JSON.parse(sessionStorage.getItem('devices') || 'null');
  } catch (error) {
    return null;
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

/**
 * @param {string} selector  of a template
 * @returns {HTMLElement} what it holds
 */
function copy(selector) {
  const template = /** @type {HTMLTemplateElement} */ (find(selector));
  return /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (template.content.firstElementChild).cloneNode(true));
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
  const focused = document.activeElement;
  all('[data-mark=' + name + ']').forEach(element => { element.hidden = !on; });
  rescue(focused);
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

/** Why it may be is said where it is called. */
function ignore() {}

/* ---- Wiring ---- */

on('join', join);
on('again', () => begin(true));
on('audio', () => toggle('audio'));
on('video', () => toggle('video'));
on('sound', () => all('[data-tile-of]').map(videoOf).forEach(video => { video.muted = false; play(video); }));
on('retry', getDevices);
on('dismiss', () => setDevices('ok'));
on('hang-up', () => { signalling.send('bye'); finish('left'); });
on('end', () => { confirmEnd(true); find('[data-do=end-back]').focus(); });
on('end-back', () => { confirmEnd(false); find('[data-do=end]').focus(); });
on('end-now', () => { ending = true; confirmEnd(false); find('[data-heading]').focus(); signalling.send('end'); });
on('call-me', () => { signalling.send('bye'); signalling.drop(); mesh.close(); });

on('flip', () => choose('video', facing(own('video')) === 'environment' ? 'user' : 'environment'));

if (navigator.mediaDevices) navigator.mediaDevices.ondevicechange = plugged;
window.addEventListener('online', hurry);
window.addEventListener('pageshow', event => { if (event.persisted) back(); });
// Whoever presses a key has a keyboard: the shortcuts are loaded.
document.addEventListener('keydown', event => { if (!outside) forPart('keys', part => part.pressed && part.pressed(event)); });
document.addEventListener('visibilitychange', () => { if (document.hidden) hiddenSince = Date.now(); else back(); });
const network = /** @type {any} */ (navigator).connection;
if (network && network.addEventListener) {
  // It also tells of every new guess of the speed: only another kind of network means another way.
  let type = network.type;
  network.addEventListener('change', () => { if (network.type !== type) hurry(); type = network.type; });
}

function hurry() {
  signalling.hurry();
  mesh.hurry();
}

setInterval(tick, 5000);
// For support and tests: the figures of each connection.
Object.assign(window, { roomStats: () => Promise.all(mesh.all.map(call => call.stats())) });

/* ---- Parts ---- */

/**
 * @typedef {object} Part  What a part's module gives to `room.part`.
 * @property {(panel: HTMLElement) => void} [shown]  Its panel is open.
 * @property {(data: any, call: Call) => void} [heard]  Somebody's part of the same name has said this.
 * @property {(channel: RTCDataChannel, call: Call) => void} [opened]  Somebody has opened a data channel of this name.
 * @property {() => void} [back]  The page is seen again.
 * @property {() => void} [news]  There is something new in the waiting room.
 * @property {(call: Call) => void} [changed]  Somebody came, went, or can be told something now.
 * @property {(call: Call, later: boolean) => void} [came]  For the part "people": somebody's tile is new, one of several; `later` than we came.
 * @property {(event: KeyboardEvent) => void} [pressed]  For the part "keys": a key, wherever the focus is.
 * @property {() => void} [over]  The talk is over for us, or interrupted by us.
 */

/** @type {Part[]} */
const listeners = [];

/** What is wrong in one part must not stop the others, nor the talk. @param {(part: Part) => void} then */
function each(then) {
  listeners.forEach(part => {
    try { then(part); } catch (error) { setTimeout(() => { throw error; }); }
  });
}
/** @type {{[name: string]: Part}} */
const parts = {};
/** What came for a part before its module was there. @type {{[name: string]: ((part: Part) => void)[]}} */
const early = {};
/** What is added to the address of a module that was asked for in vain. @type {{[module: string]: string}} */
const lost = {};

/** @param {any} data @param {Call} call */
function heard(data, call) {
  if (data && typeof data.part === 'string') forPart(data.part, part => part.heard && part.heard(data, call));
}

/** @param {RTCDataChannel} channel @param {Call} call */
function opened(channel, call) {
  /** What comes before the module is there is kept for it. @type {MessageEvent[]} */
  const held = [];
  channel.binaryType = 'arraybuffer';
  channel.onmessage = event => {
    call.held += event.data.length || event.data.byteLength || 1;
    if (call.held < MOST_HELD) held.push(event);
    else channel.close();
  };
  forPart(channel.label, part => {
    if (part.opened) part.opened(channel, call);
    else channel.close();
    held.splice(0).forEach(/** @type {any} */ (channel.onmessage));
  });
  if (!panelOf(channel.label)) channel.close();
}

/** @param {string} name @param {(part: Part) => void} then */
function forPart(name, then) {
  if (parts[name]) then(parts[name]);
  else if (early[name]) early[name].push(then);
  else if (panelOf(name)) load(name, then);
}

/** @param {string} name @returns {HTMLElement | undefined} */
function panelOf(name) {
  return all('[data-part]').filter(panel => panel.dataset.part === name)[0];
}

/** @param {string} name @param {(part: Part) => void} then */
function load(name, then) {
  const panel = /** @type {HTMLElement} */ (panelOf(name));
  const body = /** @type {HTMLElement} */ (panel.querySelector('[data-part-body]'));
  const failed = () => {
    if (parts[name]) return;
    delete early[name];
    body.innerHTML = find('[data-part-failed]').innerHTML;
    body.hidden = false;
    /** @type {HTMLElement} */ (body.querySelector('button')).onclick = () => openPart(name);
    if (!panel.hidden) announce(/** @type {Element} */ (body.querySelector('p')).textContent);
  };
  early[name] = [then];
  // Nothing can be pressed before its module is there.
  body.hidden = true;
  fetch(panel.dataset.source || '', { credentials: 'same-origin' }).then(response => (response.ok ? response.text() : Promise.reject(response))).then(html => {
    body.innerHTML = html;
    // A module that throws has been loaded all the same.
    run(panel.dataset.module, failed).onload = failed;
  }).catch(failed);
}

/** Loads what is of use only now: its place lists when in `data-load`. @param {string} now  a view, "devices", or "long" in one view */
function bring(now) {
  all('[data-load~=' + now + ']').forEach(place => {
    const load = place.dataset.load;
    delete place.dataset.load;
    run(place.dataset.module, () => { place.dataset.load = load; });
  });
}

/**
 * @param {string} [module]  its address; `import()` is younger than our engines
 * @param {() => void} [failed]
 */
function run(module = '', failed = ignore) {
  const script = document.createElement('script');
  script.type = 'module';
  // Engines that have not got a module once do not ask for it again under the same address.
  script.src = module + (lost[module] || '');
  script.onerror = () => {
    lost[module] = '?' + Date.now();
    failed();
  };
  document.head.appendChild(script);
  return script;
}

/**
 * Opens one panel and closes the others; without a name closes them all.
 * @param {string} [name]
 * @param {boolean} [byOther]  somebody else opens it: then the focus stays where it is, and whoever is in a panel stays there
 */
function openPart(name, byOther) {
  const before = document.activeElement;
  if (byOther && before && before.closest('[data-part]')) { news(/** @type {string} */ (name), true); return; }
  all('[data-part]').forEach(panel => { panel.hidden = panel.dataset.part !== name; });
  all('[data-open]').forEach(button => button.setAttribute('aria-expanded', String(button.dataset.open === name)));
  root.classList.toggle('room--panel', Boolean(name));
  menu(false);
  if (name) {
    const panel = /** @type {HTMLElement} */ (panelOf(name));
    news(name, false);
    if (!byOther) /** @type {HTMLElement} */ (panel.querySelector('[data-part-heading]')).focus();
    forPart(name, part => part.shown && part.shown(/** @type {HTMLElement} */ (panel.querySelector('[data-part-body]'))));
  } else if (isGone(before) && !outside) {
    find('[data-do=more]').focus();
  }
}

/** @param {boolean} open */
function menu(open) {
  mark('menu', open);
  all('[data-do=more]').forEach(button => button.setAttribute('aria-expanded', String(open)));
}

/** Whether a part that is not open has something new: a dot on its button. @param {string} name @param {boolean} on */
function news(name, on) {
  const panel = panelOf(name);
  if (on) notice();
  all('[data-open=' + name + '] [data-news]').forEach(dot => { dot.hidden = !on || !(panel && panel.hidden); });
  all('[data-news-any]').forEach(dot => { dot.hidden = all('[data-news]').every(each => each.hidden); });
}

all('[data-open]').forEach(button => button.addEventListener('click', () => {
  openPart(button.getAttribute('aria-expanded') === 'true' ? undefined : button.dataset.open);
}));
on('close-part', () => openPart());
on('more', () => {
  const open = find('[data-mark=menu]').hidden;
  menu(open);
  // It stands above its button, so before it in the order of the page.
  if (open) find('[data-open]').focus();
});

let saying = 0;
let ended = ignore;

/**
 * Said once, and shown for a moment in place of what is usual. Nobody else writes there.
 * @param {string | null} [text]
 * @param {() => void} [then]  when it is not shown any more
 */
function announce(text = usual(), then = ignore) {
  const region = find('[data-say=status]');
  clearTimeout(saying);
  region.removeAttribute('aria-live');
  say('status', text);
  ended();
  ended = then;
  saying = setTimeout(() => {
    // What was read out before is not read out again: from now on only what is announced.
    region.setAttribute('aria-live', 'off');
    say('status', usual());
    saying = 0;
    ended();
    ended = ignore;
  }, SAID_FOR);
}

/** What the view says when nobody has anything to say. Over the pictures of several people it is nothing. */
function usual() {
  const text = find(lasts ? '[data-lasts-for=' + shown + ']' : '[data-for=' + shown + ']');
  if (shown === 'connected' && (room.thin || tiles.children[1])) return room.thin;
  return 'alert' in text.dataset ? '' : text.textContent;
}

/** What parts may use of the room. */
export const room = {
  root,
  mesh,
  /** What is said as long as the network is too weak for pictures. @type {string | null} */
  thin: '',
  find,
  all,
  copy,
  say,
  announce,
  mark,
  note,
  wanted,
  keep,
  choose,
  lose,
  tileOf,
  own,
  mediaChanged,
  open: openPart,
  /** Loads a part without showing it. @param {string} name */
  need(name) { forPart(name, ignore); },
  news,
  notice,
  /** Makes a part known, once, when its module has run. @param {string} name @param {Part} part */
  part(name, part) {
    parts[name] = part;
    listeners.push(part);
    const panel = panelOf(name);
    if (panel) /** @type {HTMLElement} */ (panel.querySelector('[data-part-body]')).hidden = false;
    (early[name] || []).forEach(then => then(part));
    delete early[name];
  },
};

if (!canCall()) finish('unsupported');
else if ('autoJoin' in settings) begin(false);
else show();
