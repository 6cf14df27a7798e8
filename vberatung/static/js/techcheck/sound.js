/** How loud it is, and a tone to listen to. */

const LOOK_EVERY = 100;
/** Root mean square of samples between -1 and 1. */
const SPEECH = 0.02;
const FULL = 0.25;
/** Hertz, and seconds: two notes, as of a doorbell. */
const NOTES = [659, 523];
const NOTE = 0.5;
const VOLUME = 0.25;

/** @type {AudioContext | null} */
let context = null;

/** Only a press of a button may let it sound. @returns {AudioContext | null} null where there is no WebAudio */
function audio() {
  const Context = window.AudioContext || /** @type {any} */ (window).webkitAudioContext;
  if (!context && Context) context = new Context();
  if (context && context.state === 'suspended') context.resume().catch(() => { /* The next press tries again. */ });
  return context;
}

/** Called by a press: what comes later may then sound. */
export function unlock() {
  return Boolean(audio());
}

/** @returns {Promise<void>} when it has ended; rejects where nothing can be played */
export function playTone() {
  const playing = audio();
  if (!playing) return Promise.reject(new Error('no sound'));
  const end = NOTES.map((frequency, number) => {
    const begin = playing.currentTime + 0.05 + number * NOTE;
    const note = playing.createOscillator();
    const gain = playing.createGain();
    note.frequency.value = frequency;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(VOLUME, begin + 0.03);
    gain.gain.linearRampToValueAtTime(0, begin + NOTE);
    note.connect(gain);
    gain.connect(playing.destination);
    note.start(begin);
    note.stop(begin + NOTE);
    return note;
  }).pop();
  return new Promise(resolve => { /** @type {OscillatorNode} */ (end).onended = () => resolve(); });
}

/** Looks at the level of one stream at a time. */
export class Level {
  /** @param {(percent: number, speech: boolean) => void} look  called ten times a second while there is something to measure */
  constructor(look) {
    this.look = look;
    /** @type {AnalyserNode | null} */
    this.analyser = null;
    /** @type {MediaStreamAudioSourceNode | null} */
    this.source = null;
    setInterval(() => this.measure(), LOOK_EVERY);
  }

  /** @returns {boolean} whether there is something to measure, and it can be measured now */
  get measures() {
    return Boolean(this.analyser && context && context.state === 'running');
  }

  /** @param {MediaStream} stream */
  listen(stream) {
    this.stop();
    const playing = audio();
    if (!playing) return;
    this.analyser = playing.createAnalyser();
    this.analyser.fftSize = 2048;
    // Kept: what nobody holds is collected, and is silent then.
    this.source = playing.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  stop() {
    if (this.source) this.source.disconnect();
    this.analyser = this.source = null;
  }

  /** @private */
  measure() {
    if (!this.analyser || !this.measures) return;
    const samples = new Uint8Array(this.analyser.fftSize);
    this.analyser.getByteTimeDomainData(samples);
    const loud = Math.sqrt(samples.reduce((sum, sample) => sum + Math.pow((sample - 128) / 128, 2), 0) / samples.length);
    this.look(Math.min(100, Math.round(100 * loud / FULL)), loud > SPEECH);
  }
}
