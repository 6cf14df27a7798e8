/**
 * Our end of the signalling protocol, version 2: docs/signalling.md is the contract.
 * Takes the place in the talk, and takes it again whenever the socket dies, until the server says that it is over.
 *
 * @typedef {{audio: boolean, video: boolean}} Media
 * @typedef {{role: string, name: string, page: string, media: Media}} Peer
 * @typedef {{type: RTCSdpType, sdp: string}} Description
 * @typedef {{id: string, role: string, admitted: boolean, iceServers: RTCIceServer[]}} Welcome
 * @typedef {{id: string, peer: Peer | null, left: boolean, offerer: boolean}} PeerMessage
 * @typedef {{from: string, description?: Description, candidate?: RTCIceCandidateInit, restart?: boolean}} Relayed
 * @typedef {{id: string, role: string, name: string}} Waiting
 *
 * @typedef {object} Handlers  One method per message from the server, and two of our own.
 * @property {(message: Welcome) => void} welcome
 * @property {() => void} admitted
 * @property {(message: {people: Waiting[]}) => void} waiting
 * @property {() => void} news
 * @property {(message: PeerMessage) => void} peer
 * @property {(type: string, message: Relayed) => void} relayed
 * @property {() => void} lost  The socket died, or never opened; the next attempt is on its way.
 * @property {(code: string) => void} stopped  No further attempt: the code of the error, or `ended`.
 */

const PAUSES = [500, 1000, 2000, 4000, 5000];
const PAUSE_WITHOUT_MEDIA = 500;
const WELCOME_WITHIN = 5000;
const PING_EVERY = 25000;
const PONG_WITHIN = 5000;
const PONG_WITHIN_WITHOUT_MEDIA = 2000;

/** Close codes after which the browser does not connect again, should the `error` before them be lost. */
const CLOSED = /** @type {{[code: number]: string}} */ ({
  4403: 'forbidden', 4404: 'not-found', 4409: 'replaced', 4410: 'ended', 4411: 'removed', 4425: 'not-open', 4426: 'version',
});
const FINAL = ['forbidden', 'not-found', 'occupied', 'replaced', 'ended', 'removed', 'not-open', 'version'];

/** @returns {string} 32 random characters of the protocol's alphabet */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, byte => (byte + 256).toString(16).slice(1)).join('');
}

export class Signalling {
  /**
   * @param {string} url
   * @param {{client: string, page: string}} identity
   * @param {Media} media  what we send now
   * @param {Handlers} handlers
   */
  constructor(url, identity, media, handlers) {
    this.url = url;
    this.identity = identity;
    this.media = this.told = media;
    this.handlers = handlers;
    /** No picture and sound either: somebody sits and waits, so hurry. */
    this.withoutMedia = false;
    this.welcomed = false;
    this.failures = 0;
    this.timer = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  /** @param {boolean} takeover  take the place from another device or tab */
  connect(takeover) {
    this.drop();
    this.wait(WELCOME_WITHIN, () => this.lose());
    const socket = this.socket = new WebSocket(this.url);
    socket.onopen = () => {
      this.told = this.media;
      this.write('hello', { v: 2, client: this.identity.client, page: this.identity.page, takeover, media: this.media });
    };
    socket.onmessage = event => this.receive(JSON.parse(event.data));
    socket.onclose = event => (event.code in CLOSED ? this.stop(CLOSED[event.code]) : this.lose());
  }

  /**
   * Sends if we hold the place. What is not sent now is not sent later: both sides begin anew after `welcome`.
   * @param {string} type
   * @param {object} [fields]
   * @returns {boolean} whether it left
   */
  send(type, fields) {
    if (this.welcomed) this.write(type, fields);
    return this.welcomed;
  }

  /** @param {Media} media */
  setMedia(media) {
    this.media = media;
    if (this.send('media', media)) this.told = media;
  }

  /** Something may have happened to the network: make sure of the socket, or get a new one now. */
  hurry() {
    if (this.welcomed) this.ping();
    else if (this.timer) this.connect(false);
  }

  /** @param {string} code  why; told to the handlers */
  stop(code) {
    this.drop();
    this.handlers.stopped(code);
  }

  /** Lets go of the socket without a word to the handlers; what was sent before still goes out. */
  drop() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.welcomed = false;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @private */
  lose() {
    this.drop();
    const pause = this.withoutMedia ? PAUSE_WITHOUT_MEDIA : PAUSES[Math.min(this.failures, PAUSES.length - 1)];
    this.failures++;
    // A little different for everybody, so that a restarted server does not meet all rooms in the same moment.
    this.wait(pause * (0.8 + 0.4 * Math.random()), () => this.connect(false));
    this.handlers.lost();
  }

  /** @private */
  ping() {
    this.write('ping');
    this.wait(this.withoutMedia ? PONG_WITHIN_WITHOUT_MEDIA : PONG_WITHIN, () => this.lose());
  }

  /**
   * @private
   * @param {any} message
   */
  receive(message) {
    switch (message.type) {
      case 'welcome':
        this.welcomed = true;
        this.failures = 0;
        // A camera may have come between hello and welcome.
        if (this.media !== this.told) this.setMedia(this.media);
        this.handlers.welcome(message);
        break;
      case 'admitted': this.handlers.admitted(); break;
      case 'waiting': this.handlers.waiting(message); break;
      case 'news': this.handlers.news(); break;
      case 'peer': this.handlers.peer(message); break;
      case 'description':
      case 'candidate':
      case 'renegotiate': this.handlers.relayed(message.type, message); break;
      case 'ended': this.stop('ended'); break;
      case 'error':
        if (FINAL.indexOf(message.code) >= 0) this.stop(message.code);
        break;
    }
    // Whatever came, the socket lives.
    if (this.welcomed) this.wait(PING_EVERY, () => this.ping());
  }

  /**
   * @private
   * @param {string} type
   * @param {object} [fields]
   */
  write(type, fields) {
    if (this.socket) this.socket.send(JSON.stringify(Object.assign({ type }, fields)));
  }

  /**
   * The one timer: for the welcome, for the pong, for the next ping, for the next attempt.
   * @private
   * @param {number} milliseconds
   * @param {() => void} then
   */
  wait(milliseconds, then) {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, milliseconds);
  }
}
