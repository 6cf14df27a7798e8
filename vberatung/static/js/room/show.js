/**
 * Show one's screen, a document or a photo. Pages are drawn here and sent as JPEG pictures over a data channel "show" to
 * each person, in chunks; who looks needs nothing but a canvas. Pictures are drawn anew, so what a camera writes into its
 * files (place, time) does not leave the device. Nothing is kept.
 *
 * A page: a text message {step: 'page', number, pages, bytes, text}, then `bytes` of JPEG. {step: 'end'} takes it away.
 */
import { parse } from './media.js';
import { room } from './room.js';

/** @typedef {import('./media.js').Call} Call */
/** @typedef {{number: number, pages: number, text: string, jpeg: Uint8Array}} Page */
/** @typedef {{pages: number, draw: (number: number) => Promise<{canvas: HTMLCanvasElement, text: string}>}} Source */

const MOST_BYTES = 20 * 1024 * 1024;
const MOST_PAGES = 200;
const MOST_PAGE_BYTES = 3 * 1024 * 1024;
const MOST_TEXT = 20000;
const CHUNK = 16 * 1024;
const BUFFERED = 256 * 1024;
const WIDEST = 1600;
/** Of others' pages: newer ones take the place of those that come faster. */
const PAUSE = 250;
const QUALITY = 0.82;

const stage = room.find('[data-show-stage]');
const panel = /** @type {HTMLElement} */ (stage.closest('[data-part]'));
const canvas = /** @type {HTMLCanvasElement} */ (room.find('[data-show-canvas]'));
const progress = /** @type {HTMLProgressElement} */ (room.find('#show-progress'));

/** What we show. @type {Source | null} */
let source = null;
/** The page that we show now. @type {Page | null} */
let page = null;
/** Whose pages we see. */
let showing = '';
/** Of these the page that came last; when one was drawn. @type {Page | null} */
let newest = null;
let drawnAt = 0;
/** The panel has been opened by what somebody shows: then its end closes it. */
let byItself = false;
/** Our channels, by person. @type {{[id: string]: RTCDataChannel}} */
const channels = {};
/** Theirs: one for each. @type {{[id: string]: RTCDataChannel}} */
const theirs = {};

/* ---- Showing ---- */

/** @param {File | undefined} file */
function choose(file) {
  problem('');
  if (!file) return;
  if (file.size > MOST_BYTES) { problem('size'); return; }
  if (room.mesh.state !== 'connected') { problem('nobody'); return; }
  read(file).then(opened => {
    source = opened;
    return turn(1);
  }).catch(error => problem(error && error.message === 'pdf' ? 'pdf' : 'type'));
}

/**
 * @param {File} file
 * @returns {Promise<Source>} rejected when it is neither picture nor PDF
 */
function read(file) {
  return new Response(file).arrayBuffer().then(buffer => {
    const start = String.fromCharCode.apply(null, Array.from(new Uint8Array(buffer.slice(0, 1024))));
    return start.indexOf('%PDF-') >= 0 ? readPdf(new Uint8Array(buffer)) : readPicture(file);
  });
}

/**
 * @param {File} file
 * @returns {Promise<Source>}
 */
function readPicture(file) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    const url = URL.createObjectURL(file);
    picture.onerror = () => { URL.revokeObjectURL(url); reject(new Error('type')); };
    picture.onload = () => {
      const drawn = blank(picture.naturalWidth, picture.naturalHeight);
      /** @type {CanvasRenderingContext2D} */ (drawn.getContext('2d')).drawImage(picture, 0, 0, drawn.width, drawn.height);
      URL.revokeObjectURL(url);
      resolve({ pages: 1, draw: () => Promise.resolve({ canvas: drawn, text: '' }) });
    };
    picture.src = url;
  });
}

/**
 * @param {Uint8Array} data
 * @returns {Promise<Source>}
 */
function readPdf(data) {
  return pdfLibrary().then(open => open(data)).then(opened => ({
    pages: Math.min(opened.numPages, MOST_PAGES),
    draw: number => opened.getPage(number).then((/** @type {any} */ one) => {
      const natural = one.getViewport({ scale: 1 });
      const drawn = blank(natural.width * 4, natural.height * 4);
      const viewport = one.getViewport({ scale: drawn.width / natural.width });
      const context = drawn.getContext('2d');
      return one.render({ canvas: drawn, canvasContext: context, viewport: viewport }).promise
        .then(() => one.getTextContent())
        .then((/** @type {any} */ content) => ({
          canvas: drawn,
          text: content.items.map((/** @type {any} */ item) => (item.str || '') + (item.hasEOL ? '\n' : '')).join('').slice(0, MOST_TEXT),
        }));
    }),
  }), () => Promise.reject(new Error('pdf')));
}

/** @returns {Promise<(data: Uint8Array) => Promise<any>>} loaded only when somebody shows a PDF; rejected by engines too old for it */
function pdfLibrary() {
  const known = /** @type {any} */ (window);
  if (known.openPdf) return Promise.resolve(known.openPdf);
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.type = 'module';
    script.src = room.find('[data-pdf-module]').dataset.pdfModule || '';
    // A module that an engine cannot read, or that throws, has been loaded all the same.
    script.onload = () => (known.openPdf ? resolve(known.openPdf) : reject(new Error('pdf')));
    script.onerror = reject;
    document.head.appendChild(script);
  });
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {HTMLCanvasElement} of this shape, not wider or higher than WIDEST, and white
 */
function blank(width, height) {
  const scale = Math.min(1, WIDEST / Math.max(width, height));
  const made = document.createElement('canvas');
  made.width = Math.max(1, Math.round(width * scale));
  made.height = Math.max(1, Math.round(height * scale));
  const context = /** @type {CanvasRenderingContext2D} */ (made.getContext('2d'));
  context.fillStyle = '#fff';
  context.fillRect(0, 0, made.width, made.height);
  return made;
}

/** @param {number} number  the page that all see now */
function turn(number) {
  const shown = source;
  if (!shown || number < 1 || number > shown.pages) return Promise.resolve();
  return shown.draw(number)
    .then(drawn => jpegOf(drawn.canvas).then(jpeg => ({ number: number, pages: shown.pages, text: drawn.text, jpeg: jpeg })))
    .then(drawn => {
      if (shown !== source) return;
      page = drawn;
      showing = '';
      put(drawn, room.find('[data-show-you]').textContent || '');
      room.mesh.all.forEach(send);
    });
}

/**
 * @param {HTMLCanvasElement} drawn
 * @returns {Promise<Uint8Array>}
 */
function jpegOf(drawn) {
  return new Promise((resolve, reject) => drawn.toBlob(blob => {
    if (!blob) { reject(new Error('type')); return; }
    new Response(blob).arrayBuffer().then(buffer => resolve(new Uint8Array(buffer)));
  }, 'image/jpeg', QUALITY));
}

/** @param {Call} call */
function send(call) {
  const shown = page;
  if (!shown || !call.pc || !call.connected) return;
  const old = channels[call.id];
  if (!old || old.readyState === 'closed' || old.readyState === 'closing') {
    const made = channels[call.id] = call.pc.createDataChannel('show');
    made.onopen = () => send(call);
    return;
  }
  if (old.readyState !== 'open') return;
  old.send(JSON.stringify({ step: 'page', number: shown.number, pages: shown.pages, bytes: shown.jpeg.length, text: shown.text }));
  pour(old, shown, 0);
}

/**
 * Chunk after chunk, no faster than the channel takes them. A newer page takes the place of one that is on its way.
 * @param {RTCDataChannel} channel
 * @param {Page} shown
 * @param {number} from
 */
function pour(channel, shown, from) {
  if (shown !== page || channel.readyState !== 'open') return;
  let next = from;
  while (next < shown.jpeg.length && channel.bufferedAmount < BUFFERED) {
    channel.send(shown.jpeg.slice(next, next + CHUNK));
    next += CHUNK;
  }
  progress.value = Math.min(100, 100 * next / shown.jpeg.length);
  room.find('[data-show-sending]').hidden = next >= shown.jpeg.length;
  if (next < shown.jpeg.length) setTimeout(() => pour(channel, shown, next), 20);
}

function end() {
  source = page = null;
  Object.keys(channels).forEach(id => { if (channels[id].readyState === 'open') channels[id].send('{"step":"end"}'); });
  put(null, '');
  room.announce(room.find('[data-show-you-ended]').textContent);
}

/* ---- Looking ---- */

/**
 * @param {RTCDataChannel} channel
 * @param {Call} call
 */
function look(channel, call) {
  /** @type {Page | null} */
  let coming = null;
  let bytes = 0;
  let have = 0;
  if (theirs[call.id]) { theirs[call.id].onmessage = null; theirs[call.id].close(); }
  theirs[call.id] = channel;
  channel.onmessage = event => {
    if (typeof event.data === 'string') {
      const said = parse(event.data) || {};
      coming = null;
      if (said.step === 'end' && showing === call.id) over(call);
      if (said.step !== 'page' || !isPage(said)) return;
      coming = { number: said.number, pages: said.pages, text: said.text, jpeg: new Uint8Array(0) };
      bytes = said.bytes;
      have = 0;
      return;
    }
    if (!coming) return;
    const chunk = new Uint8Array(event.data);
    if (have + chunk.length > bytes) { coming = null; return; }
    if (have + chunk.length > coming.jpeg.length) coming.jpeg = larger(coming.jpeg, Math.min(bytes, 2 * (have + chunk.length)));
    coming.jpeg.set(chunk, have);
    have += chunk.length;
    if (have === bytes) {
      arrived(coming, call);
      coming = null;
    }
  };
}

/** Whoever showed us something shows it no more. @param {Call} call */
function over(call) {
  showing = '';
  newest = null;
  put(null, '');
  if (call.peer) room.announce(String(room.find('[data-show-ended]').textContent).replace('{name}', call.peer.name));
  if (byItself && !panel.hidden && !panel.contains(document.activeElement)) room.open();
  byItself = false;
}

/** @param {Uint8Array} old @param {number} length */
function larger(old, length) {
  const made = new Uint8Array(length);
  made.set(old);
  return made;
}

/** @param {any} said */
function isPage(said) {
  const numbers = [said.number, said.pages, said.bytes].every(each => typeof each === 'number' && each % 1 === 0 && each > 0);
  return numbers && said.number <= said.pages && said.pages <= MOST_PAGES && said.bytes <= MOST_PAGE_BYTES
    && typeof said.text === 'string' && said.text.length <= MOST_TEXT;
}

/**
 * Known before anything is decoded: a few bytes can be a very large picture, or one that is drawn a thousand times over.
 * @param {Uint8Array} jpeg
 * @returns {boolean} whether it is one as canvases write them (ITU-T T.81, B.2: sequential, all in one scan), and not too large
 */
function isFine(jpeg) {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return false;
  let at = 2;
  let components = 0;
  while (at + 9 < jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1];
    const length = jpeg[at + 2] * 256 + jpeg[at + 3];
    if (marker === 0xda) return components > 0 && jpeg[at + 4] === components;
    if (marker === 0xc0 || marker === 0xc1) {
      const sides = [jpeg[at + 5] * 256 + jpeg[at + 6], jpeg[at + 7] * 256 + jpeg[at + 8]];
      if (components || sides.some(side => side < 1 || side > 2 * WIDEST)) return false;
      components = jpeg[at + 9];
    } else if ([0xc4, 0xdb, 0xdd, 0xfe].indexOf(marker) < 0 && (marker < 0xe0 || marker > 0xef)) {
      return false; // neither tables, nor a comment, nor what belongs to an application
    }
    if (length < 2) return false;
    at += 2 + length;
  }
  return false;
}

/**
 * @param {Page} got
 * @param {Call} call
 */
function arrived(got, call) {
  if (!isFine(got.jpeg) || !call.peer) return;
  if (page) { source = page = null; } // who shows last is looked at
  if (showing !== call.id) {
    const closed = panel.hidden;
    room.open('show', true);
    byItself = byItself || (closed && !panel.hidden);
  }
  showing = call.id;
  newest = got;
  setTimeout(() => {
    if (newest !== got || showing !== call.id || !call.peer) return;
    newest = null;
    drawnAt = Date.now();
    put(got, call.peer.name + ':');
  }, Math.max(0, drawnAt + PAUSE - Date.now()));
}

/**
 * The page in the panel of everybody; null takes it away.
 * @param {Page | null} shown
 * @param {string} who
 */
function put(shown, who) {
  const focused = stage.contains(document.activeElement);
  stage.hidden = !shown;
  room.root.classList.toggle('room--showing', Boolean(shown));
  room.find('[data-show-own]').hidden = !shown || shown !== page;
  if (!shown) {
    canvas.width = canvas.height = 0;
    write('[data-show-words]', '');
    if (focused && !panel.hidden) /** @type {HTMLElement} */ (panel.querySelector('[data-part-heading]')).focus();
    return;
  }
  write('[data-show-who]', who);
  write('[data-show-number]', String(shown.number));
  write('[data-show-pages]', String(shown.pages));
  write('[data-show-words]', shown.text);
  room.announce(String(room.find('[data-show-where]').textContent));
  room.find('[data-show-text]').hidden = !shown.text;
  const picture = new Image();
  const url = URL.createObjectURL(new Blob([shown.jpeg], { type: 'image/jpeg' }));
  picture.onload = () => {
    canvas.width = Math.min(picture.naturalWidth, 2 * WIDEST);
    canvas.height = Math.min(picture.naturalHeight, 2 * WIDEST);
    /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')).drawImage(picture, 0, 0);
    URL.revokeObjectURL(url);
  };
  picture.onerror = () => URL.revokeObjectURL(url);
  picture.src = url;
}

/**
 * @param {string} selector
 * @param {string} text
 */
function write(selector, text) {
  const place = room.find(selector);
  if (place.textContent !== text) place.textContent = text;
}

/** @param {string} name  '' for none */
function problem(name) {
  room.say('heard', name ? room.find('[data-problem=' + name + ']').textContent : '');
  write('[data-show-problem]', name ? room.find('[data-problem=' + name + ']').textContent || '' : '');
}

/* ---- The screen ---- */

const share = room.find('[data-testid=share-screen]');
/** @type {MediaStreamTrack | null} */
let screen = null;
/** The camera, kept for afterwards. @type {MediaStreamTrack | null} */
let camera = null;

function toggleScreen() {
  if (screen) { stopScreen(); return; }
  problem('');
  navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10 } } }).then(stream => {
    screen = stream.getVideoTracks()[0];
    if ('contentHint' in screen) screen.contentHint = 'detail';
    screen.onended = stopScreen;
    camera = room.own('video') || null;
    room.mesh.setTrack('video', screen);
    screenChanged();
  }, () => problem('screen'));
}

function stopScreen() {
  if (!screen) return;
  const wanted = camera && camera.readyState === 'live' && room.wanted.video;
  letGo(!wanted);
  room.mesh.setTrack('video', camera);
  screenChanged();
}

/** @param {boolean} both  the camera too: nothing may go on filming that nobody sees */
function letGo(both) {
  if (screen) {
    screen.onended = null;
    screen.stop();
  }
  screen = null;
  if (both && camera) camera.stop();
  if (both) camera = null;
}

function screenChanged() {
  showScreen();
  room.mesh.tell({ part: 'show', screen: Boolean(screen) });
  room.mediaChanged();
}

function showScreen() {
  /** @type {HTMLElement} */ (share.querySelector('[data-when-off]')).hidden = Boolean(screen);
  /** @type {HTMLElement} */ (share.querySelector('[data-when-on]')).hidden = !screen;
  room.root.classList.toggle('room--own-screen', Boolean(screen));
}

/* ---- Wiring ---- */

const canShareScreen = navigator.mediaDevices && 'getDisplayMedia' in navigator.mediaDevices;
room.find('[data-show-screen]').hidden = !canShareScreen;
if (canShareScreen) {
  share.addEventListener('click', toggleScreen);
  // The button of the camera means the camera.
  room.find('[data-toggle=video]').addEventListener('click', stopScreen, true);
}
// Where a file can come from the camera at once: telephones and tablets.
room.find('[data-show-photo]').hidden = !window.matchMedia('(pointer: coarse)').matches;
['#show-file', '#show-photo'].forEach(id => {
  const input = /** @type {HTMLInputElement} */ (room.find(id));
  input.addEventListener('change', () => {
    choose(input.files ? input.files[0] : undefined);
    input.value = '';
  });
});
Array.from(document.querySelectorAll('[data-show-turn]')).forEach(button => button.addEventListener('click', () => {
  if (page) turn(page.number + Number(/** @type {HTMLElement} */ (button).dataset.showTurn));
}));
room.find('[data-show-end]').addEventListener('click', end);

room.part('show', {
  shown() { byItself = false; },
  over() {
    letGo(Boolean(screen));
    source = page = null;
    showing = '';
    put(null, '');
    showScreen();
    problem('');
  },
  opened: look,
  heard(data, call) {
    const tile = room.tileOf(call.id);
    if (tile) tile.classList.toggle('tile--screen', data.screen === true);
  },
  changed(call) {
    if (!call.peer) delete theirs[call.id];
    if (!call.peer && call.id === showing) over(call);
    if (call.peer && call.connected && page && !(channels[call.id] && channels[call.id].readyState === 'open')) send(call);
    if (screen && call.channel && call.channel.readyState === 'open') call.tell({ part: 'show', screen: true });
  },
});
