/**
 * The face of the device test: runs its steps and shows of the template what fits. No sentence and no threshold stands here.
 * What a step finds is a list of causes (vberatung/techcheck/verdict.py), whose words and light the page brings along.
 */
import { acquire, canCall } from '../room/media.js';
import { deviceOf, fillLists } from '../device_lists.js';
import { shareIn } from '../share.js';
import { Echo } from './echo.js';
import { relays, works } from './ways.js';
import { Level, playTone, unlock } from './sound.js';

/** @typedef {import('../device_lists.js').Sort} Sort */
/** @typedef {'camera' | 'microphone'} Device */
/** @typedef {{level: string, kbit: number, rtt: number | null, loss: number | null}} Need */

const SILENT_FOR = 5000;
const PICTURE_WITHIN = 6000;
const DEVICES = /** @type {Device[]} */ (['camera', 'microphone']);
const KIND = { camera: 'video', microphone: 'audio' };
const SORT = /** @type {{[device: string]: Sort}} */ ({ camera: 'videoinput', microphone: 'audioinput' });
/** Without these there is no verdict; whether somebody hears the tone, they may say or not. */
const NEEDED = ['browser', 'secure', 'camera', 'microphone', 'connection'];
const LIGHTS = ['ok', 'limited', 'failed'];
/** What media.js calls it, and how the code of the cause ends; whatever else there is has failed. */
const ENDING = /** @type {{[devices: string]: string}} */ ({
  denied: 'denied', 'system-denied': 'system', busy: 'busy', none: 'missing', 'no-camera': 'missing', 'no-microphone': 'missing',
});
const REASON = { 'no-server': 'connection-server', 'no-connection': 'connection-none' };
/** What apps leave in the pages that they open in themselves. Never the name of the browser: it lies. */
const SIGNS_OF_APPS = ['ReactNativeWebView', 'TelegramWebviewProxy', 'WeixinJSBridge', '_AutofillCallbackHandler', 'FbQuickPromotionsBridge', '__gCrWeb_instagram'];

const root = find('[data-check]');
const start = find('[data-start]');
const stopButton = find('[data-stop]');
const resultPart = find('[data-result-part]');
const line = find('[data-line]');
const own = /** @type {HTMLVideoElement} */ (find('[data-testid=own-picture]'));
const returned = /** @type {HTMLVideoElement} */ (find('[data-testid=echo-video]'));
const soundButton = find('[data-echo-sound]');
const meter = find('[data-level]');
const needs = /** @type {Need[]} */ (JSON.parse(root.dataset.needs || '[]'));
const chosen = { camera: '', microphone: '' };
const level = new Level(heard);
const local = new MediaStream();

/** Of each step that is done: what is in the way. @type {{[step: string]: string[]}} */
const found = {};
/** @type {Echo | null} */
let echo = null;
/** Since when it is silent; 0 when somebody was heard. */
let silentSince = 0;
/** How often each device was asked for: the answer to an older question does not count. */
const asked = { camera: 0, microphone: 0 };
/** What the server has of our result. */
let kept = '-';

/** @param {string} selector @param {ParentNode} [within] @returns {HTMLElement} */
function find(selector, within) {
  return /** @type {HTMLElement} */ ((within || document).querySelector(selector));
}

/** @param {string} selector @param {ParentNode} [within] @returns {HTMLElement[]} */
function all(selector, within) {
  return Array.from((within || document).querySelectorAll(selector));
}

/** Shows what belongs to this state of a part, and hides the rest. @param {HTMLElement} part @param {string} state */
function show(part, state) {
  part.dataset.state = state;
  all('[data-when]', part).forEach(each => {
    const nearest = /** @type {HTMLElement} */ (each.parentElement).closest('[data-state]');
    if (nearest === part) each.hidden = String(each.dataset.when).split(' ').indexOf(state) < 0;
  });
}

/** @param {string} name */
function step(name) {
  return find('[data-step=' + name + ']');
}

/** @param {string} code @returns {HTMLElement} */
function cause(code) {
  return find('[data-cause="' + code + '"]');
}

/** @param {string[]} causes @returns {string} the worst of their lights */
function light(causes) {
  return LIGHTS[causes.reduce((worst, code) => Math.max(worst, LIGHTS.indexOf(String(cause(code).dataset.light))), 0)];
}

/** A step begins again. @param {string} name */
function begin(name) {
  delete found[name];
  all('[data-cause]', step(name)).forEach(each => { each.hidden = true; });
  keepFocus(step(name), () => show(step(name), 'running'));
  conclude();
}

/** A step has come to its end. @param {string} name @param {string[]} causes */
function end(name, causes) {
  found[name] = causes;
  all('[data-cause]', step(name)).forEach(each => { each.hidden = causes.indexOf(String(each.dataset.cause)) < 0; });
  keepFocus(step(name), () => show(step(name), light(causes)));
  conclude();
}

/** Whoever had the focus on something that goes away has it on the heading of its step. @param {HTMLElement} part @param {() => void} change */
function keepFocus(part, change) {
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  change();
  if (active && part.contains(active) && !active.getClientRects().length) find('.tc-step__title', part).focus();
}

/* ---- The result ---- */

/** @param {string} words */
function say(words) {
  const place = find('[data-said]');
  if (place.textContent !== words) place.textContent = words;
}

/** @param {HTMLElement} element */
function words(element) {
  return String(element.textContent).replace(/\s+/g, ' ').trim();
}

function conclude() {
  if (resultPart.hidden) return;
  const open = NEEDED.filter(name => !found[name]);
  const later = line.dataset.state === 'later';
  if (open.length && !(later && open.length === 1)) { running(); return; }
  const causes = Object.keys(found).reduce((before, name) => before.concat(found[name]), /** @type {string[]} */ ([]));
  const now = light(causes);
  const shown = later && now === 'ok' ? 'part' : now;
  show(resultPart, shown);
  resultPart.dataset.result = shown === 'part' ? '' : now;
  start.removeAttribute('aria-disabled');
  listCauses(causes);
  find('[data-open=speaker]').hidden = Boolean(found.speaker) || now === 'failed';
  say([find('.tc-result__title [data-when=' + shown + ']')].concat(all('[data-causes] li')).map(words).join(' '));
  if (!later) tell(causes);
}

/** What is said now is not the result of before. */
function running() {
  if (resultPart.dataset.state !== 'running') say('');
  show(resultPart, 'running');
  resultPart.dataset.result = '';
}

/** @param {string[]} causes */
function listCauses(causes) {
  const place = find('[data-causes]');
  while (place.firstChild) place.removeChild(place.firstChild);
  causes.forEach(code => {
    const item = document.createElement('li');
    item.textContent = words(find('[data-cause-words]', cause(code)));
    place.appendChild(item);
  });
  place.hidden = !causes.length;
}

/** For the counsellor: the codes and nothing else. @param {string[]} causes */
function tell(causes) {
  const sent = causes.join(' ');
  if (!root.dataset.keep || kept === sent) return;
  kept = sent;
  const body = new FormData();
  body.append('csrf_token', root.dataset.csrf || '');
  causes.forEach(code => body.append('cause', code));
  fetch(root.dataset.keep, { method: 'POST', body, headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' })
    .then(response => { find('[data-kept]').hidden = !response.ok; }, () => { kept = '-'; });
}

/* ---- Browser and page ---- */

/** @returns {boolean} whether the rest can be tested */
function lookAtBrowser() {
  const secure = window.isSecureContext !== false;
  const hidden = secure && !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
  end('browser', canCall() ? (hidden ? ['in-app'] : []) : ['browser']);
  end('secure', secure ? [] : ['insecure']);
  return !found.browser.length && secure;
}

function inAnApp() {
  return SIGNS_OF_APPS.some(sign => sign in window);
}

/* ---- Camera and microphone ---- */

/** @param {Device} device @returns {MediaStreamTrack | undefined} */
function track(device) {
  return local.getTracks().filter(each => each.kind === KIND[device])[0];
}

/** @param {Device} device */
function letGo(device) {
  const old = track(device);
  if (!old) return;
  old.stop();
  local.removeTrack(old);
}

/** @param {Device[]} devices @returns {Promise<void>} */
function askFor(devices) {
  const questions = devices.map(device => ++asked[device]);
  /** @param {Device} device */
  const isNew = device => questions[devices.indexOf(device)] === asked[device];
  devices.forEach(device => { letGo(device); begin(device); });
  if (devices.indexOf('microphone') >= 0) { level.stop(); silentSince = 0; }
  return acquire(devices.indexOf('microphone') >= 0, devices.indexOf('camera') >= 0, chosen).then(result => {
    result.tracks.forEach(each => {
      const device = DEVICES.filter(one => KIND[one] === each.kind)[0];
      if (!isNew(device)) { each.stop(); return; }
      local.addTrack(each);
      if (echo) echo.replace(each);
    });
    stopButton.hidden = !local.getTracks().length;
    devices.filter(isNew).forEach(device => {
      if (!track(device)) end(device, [device + '-' + (ENDING[result.devices] || 'failed')]);
      else if (device === 'camera') look(() => isNew('camera'));
      else listen(() => isNew('microphone'));
    });
    if (!result.tracks.length && inAnApp()) end('browser', ['in-app']);
    listDevices();
  });
}

/** Whether there is a picture. @param {() => boolean} isNew */
function look(isNew) {
  own.srcObject = local;
  own.play().catch(() => { /* It is looked at below. */ });
  const until = Date.now() + PICTURE_WITHIN;
  const timer = setInterval(() => {
    const seen = own.readyState >= 2 && own.videoWidth > 0;
    if (!seen && Date.now() < until && isNew()) return;
    clearInterval(timer);
    if (isNew()) end('camera', seen ? [] : ['camera-failed']);
  }, 100);
}

/** @param {() => boolean} isNew */
function listen(isNew) {
  level.listen(local);
  silentSince = Date.now();
  // Where loudness cannot be measured, as in a device without any loudspeaker, what the microphone says has to do.
  setTimeout(() => {
    if (!isNew() || found.microphone || level.measures) return;
    end('microphone', (/** @type {MediaStreamTrack} */ (track('microphone'))).muted ? ['microphone-silent'] : []);
  }, SILENT_FOR);
}

/** @param {number} percent @param {boolean} speech */
function heard(percent, speech) {
  meter.setAttribute('aria-valuenow', String(percent));
  /** @type {HTMLElement} */ (meter.firstElementChild).style.width = percent + '%';
  const known = found.microphone;
  if (speech && (!known || known.length)) end('microphone', []);
  else if (!speech && !known && silentSince && Date.now() - silentSince > SILENT_FOR) end('microphone', ['microphone-silent']);
}

/** @param {Sort} sort */
function listOf(sort) {
  return /** @type {HTMLSelectElement} */ (find('[data-list=' + sort + ']'));
}

/** Where there is one device only, there is nothing to choose. */
function listDevices() {
  const sorts = DEVICES.map(device => SORT[device]);
  fillLists(sorts, listOf, used, { unnamed: String(root.dataset.unnamed), none: String(root.dataset.none) }).then(() => {
    sorts.forEach(sort => { /** @type {HTMLElement} */ (listOf(sort).closest('[data-choose]')).hidden = listOf(sort).disabled; });
  });
}

/** @param {Sort} sort */
function used(sort) {
  const device = DEVICES.filter(each => SORT[each] === sort)[0];
  return deviceOf(track(device)) || chosen[device];
}

/** Camera, microphone and the place in the echo are given back. What is not done yet begins anew with the next press. */
function release() {
  if (echo) echo.stop();
  level.stop();
  DEVICES.forEach(device => { asked[device]++; letGo(device); });
  own.srcObject = null;
  stopButton.hidden = true;
  show(line, 'idle');
  find('[data-echo]').hidden = true;
  const open = all('[data-step][data-state=running]');
  open.forEach(each => show(each, 'idle'));
  if (open.length) resultPart.hidden = true;
  start.removeAttribute('aria-disabled');
}

/* ---- The echo ---- */

/** @param {boolean} media  with picture and sound, else the line alone */
function connect(media) {
  if (echo) echo.stop();
  begin('connection');
  show(line, 'asks');
  find('[data-echo-over]').hidden = true;
  find('[data-echo]').hidden = true;
  mute(true);
  const url = location.protocol.replace('http', 'ws') + '//' + location.host + root.dataset.socket;
  /** Only a relay got through. */
  let relayOnly = false;
  const current = echo = new Echo(url, media ? local : new MediaStream(), {
    waits: before => {
      find('[data-before]').textContent = String(before);
      const first = line.dataset.state !== 'waits';
      show(line, 'waits');
      if (first) say(words(find('[data-when=waits] p', line)));
    },
    ready: servers => {
      keepFocus(step('connection'), () => show(line, 'asks'));
      tryWays(servers);
    },
    connected: relayed => {
      relayOnly = relayed;
      show(way('direct'), relayed ? 'failed' : 'ok');
      show(line, 'measures');
    },
    returned: stream => {
      if (returned.srcObject !== stream) returned.srcObject = stream;
      returned.play().catch(() => { /* It plays by itself, or not at all. */ });
      find('[data-echo]').hidden = !stream.getVideoTracks().length;
    },
    measured: figures => {
      show(line, 'idle');
      Object.keys(figures).forEach(name => { find('[data-figure=' + name + ']').textContent = Math.round(/** @type {any} */ (figures)[name]).toLocaleString(document.documentElement.lang); });
      find('[data-figures]').hidden = false;
      end('connection', judge(figures).concat(relayOnly ? ['relay-only'] : []));
    },
    failed: reason => {
      if (echo !== current) return;
      show(line, reason === 'later' ? 'later' : 'idle');
      if (reason === 'later') { show(step('connection'), 'later'); conclude(); return; }
      show(way('direct'), 'failed');
      end('connection', [REASON[reason]]);
    },
    over: away => {
      if (echo !== current) return;
      keepFocus(step('connection'), () => { find('[data-echo]').hidden = true; });
      find('[data-echo-over]').hidden = false;
      if (found.connection) return;
      if (away) { show(line, 'later'); show(step('connection'), 'later'); conclude(); return; }
      end('connection', ['connection-weak']);
    },
  });
  way('direct').hidden = false;
  show(way('direct'), 'running');
  find('[data-it]').hidden = false;
  find('[data-figures]').hidden = true;
  current.start();
}

/** @param {import('./echo.js').Figures} figures @returns {string[]} nothing for the best level, else its cause */
function judge(figures) {
  const met = needs.filter(need => Math.min(figures.up, figures.down) >= need.kbit
    && (need.rtt === null || figures.rtt < need.rtt) && (need.loss === null || figures.loss < need.loss))[0];
  const name = met ? met.level : 'telephone';
  return all('[data-level="' + name + '"]').map(each => String(each.dataset.cause));
}

/** @param {string} name */
function way(name) {
  return find('[data-way=' + name + ']');
}

/** @param {RTCIceServer[]} servers */
function tryWays(servers) {
  const found = relays(servers);
  find('[data-no-relay]').hidden = found.length > 0;
  ['udp', 'tcp', 'tls'].forEach(kind => {
    const ours = found.filter(relay => relay.kind === kind);
    way(kind).hidden = !ours.length;
    if (!ours.length) return;
    find('[data-address]', way(kind)).textContent = ours.map(relay => relay.url).join(', ');
    show(way(kind), 'running');
    Promise.all(ours.map(works)).then(worked => show(way(kind), worked.indexOf(true) < 0 ? 'failed' : 'ok'));
  });
}

/** @param {boolean} on */
function mute(on) {
  returned.muted = on;
  soundButton.setAttribute('aria-pressed', String(!on));
  if (!on) returned.play().catch(() => mute(true));
}

/* ---- What is pressed ---- */

function run() {
  if (start.getAttribute('aria-disabled')) return;
  unlock();
  NEEDED.forEach(name => { delete found[name]; });
  resultPart.hidden = false;
  running();
  say(words(find('.tc-result__title [data-when=running]')));
  if (!lookAtBrowser()) {
    ['camera', 'microphone', 'connection'].forEach(name => { found[name] = []; show(step(name), 'skipped'); });
    conclude();
    return;
  }
  start.setAttribute('aria-disabled', 'true');
  show(step('connection'), 'running');
  askFor(DEVICES).then(() => connect(local.getTracks().length > 0));
}

/** @type {{[step: string]: () => void}} */
const AGAIN = {
  browser: lookAtBrowser,
  secure: lookAtBrowser,
  camera: () => askFor(['camera']),
  microphone: () => { unlock(); askFor(['microphone']); },
  connection: () => connect(local.getTracks().length > 0),
};

start.addEventListener('click', run);
all('[data-again]').forEach(button => button.addEventListener('click', () => AGAIN[String(button.dataset.again)]()));
stopButton.addEventListener('click', () => { release(); start.focus(); });
find('[data-line-only]').addEventListener('click', () => connect(false));
soundButton.addEventListener('click', () => mute(soundButton.getAttribute('aria-pressed') === 'true'));
find('[data-play]').addEventListener('click', () => {
  playTone().catch(() => { /* Then nobody hears it, and says so. */ });
  find('[data-heard]').hidden = false;
});
all('[data-answer]').forEach(button => button.addEventListener('click', () => {
  end('speaker', button.dataset.answer === 'yes' ? [] : ['speaker']);
}));
DEVICES.forEach(device => listOf(SORT[device]).addEventListener('change', () => {
  chosen[device] = listOf(SORT[device]).value;
  askFor([device]);
}));
if (navigator.mediaDevices && navigator.mediaDevices.addEventListener) navigator.mediaDevices.addEventListener('devicechange', listDevices);
window.addEventListener('pagehide', release);

shareIn(root);
// Whoever cannot be helped by the test learns it before pressing anything.
lookAtBrowser();
