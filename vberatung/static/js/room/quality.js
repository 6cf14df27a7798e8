/**
 * Weak networks. Loaded when the first connection stands.
 *
 * What is defended first: our own sound, which is never touched; then our own picture, narrower before slower; then a
 * shared screen; given up first are the cameras of others. Each side measures what it receives and tells whoever sends
 * it, so every engine can adapt, whatever its own statistics know of the other end.
 *
 * @typedef {import('./media.js').Call} Call
 * @typedef {'good' | 'fair' | 'poor'} Step
 *
 * @typedef {object} Way  The connection to one person, both directions.
 * @property {RTCPeerConnection | null} pc
 * @property {number} received  packets until now
 * @property {number} lost
 * @property {number} lossIn  share of what they send that does not arrive, smoothed
 * @property {number} lossOut  share of what we send: they tell us
 * @property {number} rtt  seconds
 * @property {number} least  the shortest round trip, in seconds; forgotten slowly, for the way may be another now
 * @property {number} room  kilobits a second that the engine thinks fit through; 0 when it does not say
 * @property {number} kbit  what we allow our picture; 0: sound only
 * @property {number} scale
 * @property {number} since  when the scale or the sound only began
 * @property {number} pause  how long sound only lasts, in milliseconds
 * @property {number} tight  how often in a row there was no room for a picture
 * @property {boolean} spared  we asked them to leave their picture out
 * @property {{saving: boolean, spare: boolean, picture: boolean, screen: boolean}} they  what they told us
 * @property {string} told  what we told them last
 */
import { room } from './room.js';
import { tracks } from './media.js';

const EVERY = 2000;
/** Kilobits a second of a camera, of all pictures together, of a shared screen, and with the data-saving switch on. */
const CAMERA = 600;
const ALL = 1200;
const SCREEN = 1500;
const SAVING = 80;
const SAVING_FPS = 15;
const FPS = 30;
/** Below this there is only sound: `SOUND` for it, and the least that is a picture. */
const SOUND = 32;
const LEAST = 30;
const FIRST_AGAIN = 80;
/** Loss of less is no reason to slow down: the engines repair it. */
const LOSSY = 0.1;
const CALM = 0.06;
const QUEUED = 0.3;
const FASTER = 1.12;
const SLOWER = 0.7;
const STEADY = 8000;
const PAUSE = 15000;
const LONGEST_PAUSE = 120000;
/** Kilobits a second that 640, 320 and 160 pixels need. */
const NEEDS = [{ scale: 1, kbit: 220 }, { scale: 2, kbit: 90 }, { scale: 4, kbit: 0 }];

/** @type {{[id: string]: Way}} */
const ways = {};
/** What the microphone and camera have given, to notice when they only claim to live. */
let energy = -1;
let frames = -1;
let doubt = 0;
let spareSince = 0;

/** @param {Call} call @returns {Way} */
function wayTo(call) {
  let way = ways[call.id];
  if (!way || way.pc !== call.pc) {
    way = ways[call.id] = {
      pc: call.pc, received: 0, lost: 0, lossIn: 0, lossOut: 0, rtt: 0, least: 10, room: 0, kbit: CAMERA, scale: 1, since: 0,
      pause: PAUSE, tight: 0, spared: false, they: { saving: false, spare: false, picture: true, screen: false }, told: '',
    };
  }
  return way;
}

/** @returns {Call[]} */
function connected() {
  return room.mesh.all.filter(call => call.connected);
}

function isScreen() {
  const track = tracks(room.mesh.local, 'video')[0];
  return Boolean(track && ((track.getSettings && /** @type {any} */ (track.getSettings()).displaySurface) || /** @type {any} */ (track).contentHint === 'detail'));
}

/* ---- Measuring ---- */

/** @param {Call} call @returns {Promise<void>} */
function measure(call) {
  const way = wayTo(call);
  return /** @type {RTCPeerConnection} */ (call.pc).getStats().then(report => {
    let received = 0;
    let lost = 0;
    report.forEach(entry => {
      if (entry.type === 'inbound-rtp' && !entry.isRemote) {
        received += entry.packetsReceived || 0;
        lost += Math.max(entry.packetsLost || 0, 0);
      } else if (entry.type === 'candidate-pair' && (entry.nominated || entry.selected) && entry.state === 'succeeded') {
        way.rtt = entry.currentRoundTripTime || way.rtt;
        way.room = (entry.availableOutgoingBitrate || 0) / 1000;
      } else if (entry.type === 'remote-inbound-rtp') {
        way.rtt = way.rtt || entry.roundTripTime || 0;
      } else if (entry.type === 'media-source') {
        if (entry.kind === 'audio' && entry.totalAudioEnergy !== undefined) heardOurselves = entry.totalAudioEnergy;
        if (entry.kind === 'video' && entry.frames !== undefined) sawOurselves = entry.frames;
      }
    });
    const arrived = Math.max(received - way.received, 0);
    const missing = Math.max(lost - way.lost, 0);
    if (arrived + missing > 0) way.lossIn += 0.35 * (missing / (arrived + missing) - way.lossIn);
    way.received = received;
    way.lost = lost;
    if (way.rtt) way.least = Math.min(way.rtt, way.least + 0.1 * (way.rtt - way.least));
  });
}

/* ---- Sending ---- */

/** @param {Call} call @param {number} people  how many others there are */
function adapt(call, people) {
  const way = wayTo(call);
  const now = Date.now();
  const most = isScreen() ? SCREEN : Math.min(CAMERA, ALL / people);
  const queued = way.rtt - way.least;
  const bad = way.lossOut > LOSSY || queued > QUEUED;
  const calm = way.lossOut < CALM && queued < QUEUED / 2;
  const before = JSON.stringify(call.picture);
  if (way.kbit) {
    if (bad) way.kbit *= SLOWER;
    else if (calm) way.kbit *= FASTER;
    way.kbit = Math.min(way.kbit, most);
    way.tight = tracks(room.mesh.local, 'video')[0] && ((way.room && way.room < SOUND + LEAST) || way.kbit < LEAST) ? way.tight + 1 : 0;
    if (way.tight > 1) {
      // Again so soon: the network has no room for a picture, and each attempt costs sound.
      way.pause = now - way.since < LONGEST_PAUSE / 2 ? Math.min(way.pause * 2, LONGEST_PAUSE) : PAUSE;
      way.kbit = way.tight = 0;
      way.since = now;
    }
  } else if (calm && now - way.since > way.pause) {
    way.kbit = FIRST_AGAIN;
    way.scale = 4;
    way.since = now;
  }
  const fits = way.room ? Math.min(way.kbit, way.room - SOUND) : way.kbit;
  // Narrower at once, wider when there has been more than enough for a while.
  const scale = /** @type {{scale: number}} */ (NEEDS.filter(need => fits >= need.kbit * (need.scale < way.scale ? 1.4 : 1) || need.scale === 4)[0]).scale;
  if (scale > way.scale || (scale < way.scale && now - way.since > STEADY)) {
    way.scale = scale;
    way.since = now;
  }
  const saves = room.wanted.saving || way.they.saving;
  const kbit = way.they.spare && !isScreen() ? 0 : saves ? Math.min(way.kbit, SAVING) : way.kbit;
  const picture = { kbit: Math.round(kbit), scale: isScreen() ? 1 : Math.max(way.scale, saves ? 2 : 1), fps: saves ? SAVING_FPS : FPS };
  if (JSON.stringify(picture) !== before) call.limit(picture);
}

/* ---- Telling ---- */

/** @param {Call} call */
function tell(call) {
  const way = wayTo(call);
  const words = {
    part: 'quality', loss: Math.round(way.lossIn * 100) / 100, saving: room.wanted.saving, spare: way.spared,
    picture: !call.picture || call.picture.kbit > 0, screen: isScreen(),
  };
  const text = JSON.stringify(words);
  if (text === way.told || !call.channel || call.channel.readyState !== 'open') return;
  way.told = text;
  room.mesh.tell(words, call.id);
}

/** Whose camera we do without: the last that came, when more than one arrives badly. */
function spare() {
  const now = Date.now();
  const cameras = connected().filter(call => call.peer && call.peer.media.video && !wayTo(call).they.screen);
  const worn = cameras.filter(call => !wayTo(call).spared && wayTo(call).they.picture);
  if (now - spareSince < STEADY) return;
  if (worn.length > 1 && worn.filter(call => wayTo(call).lossIn > LOSSY).length > 1) wayTo(worn[worn.length - 1]).spared = true;
  else if (now - spareSince > PAUSE * 2 && connected().every(call => wayTo(call).lossIn < CALM)) cameras.forEach(call => { wayTo(call).spared = false; });
  else return;
  spareSince = now;
}

/* ---- Showing ---- */

/** @param {Call} call @returns {Step} */
function stepOf(call) {
  const way = wayTo(call);
  const loss = Math.max(way.lossIn, way.lossOut);
  if (!way.kbit || (!way.they.picture && !way.spared) || loss > LOSSY || way.rtt > 0.8) return 'poor';
  return way.scale > 1 || loss > CALM / 2 || way.rtt > 0.4 ? 'fair' : 'good';
}

function show() {
  const calls = connected();
  const steps = calls.map(stepOf);
  const worst = /** @type {Step[]} */ (['poor', 'fair', 'good']).filter(step => steps.indexOf(step) >= 0)[0];
  room.mark('quality', Boolean(worst));
  if (worst) room.find('[data-testid=quality]').dataset.quality = worst;
  room.all('[data-step]').forEach(word => { word.hidden = word.dataset.step !== worst; });
  calls.forEach(call => {
    const tile = room.tileOf(call.id);
    if (tile) room.note(tile, 'thin', !wayTo(call).they.picture && Boolean(call.peer && call.peer.media.video));
  });
  const own = tracks(room.mesh.local, 'video')[0] && calls.some(call => !wayTo(call).kbit);
  const thin = own ? 'own' : calls.some(call => !wayTo(call).they.picture && Boolean(call.peer && call.peer.media.video)) ? 'peer' : '';
  const text = thin && room.find('[data-thin=' + thin + ']').textContent;
  if (text === room.thin) return;
  room.thin = text;
  room.announce();
}

/* ---- Devices that only claim to live ---- */

let heardOurselves = -1;
let sawOurselves = -1;

/** After an interruption: whatever has given nothing for two rounds is asked for anew, once. */
function check() {
  /** @param {import('./media.js').Kind} kind */
  const on = kind => { const track = room.own(kind); return track && track.enabled && track.readyState === 'live'; };
  if (doubt && !--doubt) {
    if (on('audio') && heardOurselves >= 0 && heardOurselves === energy) room.lose('audio');
    if (on('video') && sawOurselves >= 0 && sawOurselves === frames && !isScreen()) room.lose('video');
  }
  // Two rounds are compared: what was measured before the last one stays.
  if (doubt !== 1) {
    energy = heardOurselves;
    frames = sawOurselves;
  }
}

/* ---- For monitoring: how long the first picture took, and by which way it comes. Told once. ---- */

let measured = false;

/** @param {Call[]} calls */
function report(calls) {
  const first = calls.filter(call => call.took)[0];
  if (measured || !first) return;
  measured = true;
  first.stats().then((/** @type {any} */ stats) => {
    const pair = stats.selectedPair;
    if (pair) room.mesh.send('measured', { ms: first.took, relayed: pair.local === 'relay' || pair.remote === 'relay' });
  });
}

/* ---- All of it, every two seconds ---- */

function round() {
  const calls = connected();
  Promise.all(calls.map(measure)).then(() => {
    spare();
    calls.filter(call => call.connected).forEach(call => {
      adapt(call, calls.length);
      tell(call);
    });
    check();
    show();
    report(calls);
  });
}

room.part('quality', {
  changed(call) {
    if (!call.peer) delete ways[call.id];
    else if (call.connected && call.channel && call.channel.readyState === 'open') { adapt(call, connected().length); tell(call); }
    show();
  },
  back() {
    doubt = 3;
    round();
  },
  heard(data, call) {
    const way = wayTo(call);
    if (typeof data.loss === 'number' && data.loss >= 0 && data.loss <= 1) way.lossOut = data.loss;
    way.they = { saving: data.saving === true, spare: data.spare === true, picture: data.picture !== false, screen: data.screen === true };
  },
});

/** The switch in the part "devices". @param {boolean} on */
export function save(on) {
  room.wanted.saving = on;
  room.keep();
  round();
}

if (/** @type {any} */ (navigator).connection && /** @type {any} */ (navigator).connection.saveData && !history.state) room.wanted.saving = true;
setInterval(round, EVERY);
round();
