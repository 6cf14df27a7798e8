/**
 * Camera and microphone, and the peer connections that carry picture and sound, one to each other person.
 * They outlive the socket: see "Identity" and "Who offers" in docs/signalling.md.
 * Feature tests only; engines since early 2018, some of which know no transceivers and no replaceTrack.
 *
 * @typedef {import('./signalling.js').Peer} Peer
 * @typedef {import('./signalling.js').Description} Description
 * @typedef {import('./signalling.js').Welcome} Welcome
 * @typedef {import('./signalling.js').PeerMessage} PeerMessage
 * @typedef {import('./signalling.js').Relayed} Relayed
 *
 * @typedef {'audio' | 'video'} Kind
 * @typedef {'ok' | 'denied' | 'system-denied' | 'none' | 'busy' | 'no-camera' | 'no-microphone' | 'insecure' | 'unsupported' | 'failed'} Devices
 * @typedef {{tracks: MediaStreamTrack[], devices: Devices}} Acquired
 * @typedef {'none' | 'connecting' | 'connected' | 'lost'} CallState
 */

/** @type {Kind[]} */
const KINDS = ['audio', 'video'];

/* ---- Devices ---- */

const IDEAL = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 }, facingMode: 'user' },
};

/** What the errors of getUserMedia mean, with the names of 2018 browsers. */
const MEANING = /** @type {{[name: string]: Devices}} */ ({
  NotAllowedError: 'denied', PermissionDeniedError: 'denied', PermissionDismissedError: 'denied', SecurityError: 'denied',
  NotFoundError: 'none', DevicesNotFoundError: 'none',
  NotReadableError: 'busy', TrackStartError: 'busy', AbortError: 'busy',
  TypeError: 'unsupported',
});

/**
 * As much of microphone and camera as there is. Never rejects: without any the talk goes on, one can hear and see.
 * @param {boolean} audio
 * @param {boolean} video
 * @param {{microphone?: string, camera?: string}} chosen  ids of devices; a camera may also be `user` or `environment`
 * @returns {Promise<Acquired>}
 */
export function acquire(audio, video, chosen) {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) {
    return Promise.resolve(nothing(window.isSecureContext === false ? 'insecure' : 'unsupported'));
  }
  const ways = [[audio && IDEAL.audio, video && IDEAL.video], [audio, video]];
  // What was chosen may be gone, or in use: then any other will do.
  if (chosen.microphone || chosen.camera) ways.unshift([audio && exactly(IDEAL.audio, chosen.microphone), video && exactly(IDEAL.video, chosen.camera)]);
  return ways.slice(1)
    .reduce((before, way) => before.catch(error => (known(error) ? Promise.reject(error) : ask(way[0], way[1]))), ask(ways[0][0], ways[0][1]))
    .then(
      tracks => ({ tracks, devices: 'ok' }),
      error => (audio && video ? acquireOne(error) : meaning([error], audio ? 'no-microphone' : 'no-camera').then(nothing)));
}

/**
 * @param {MediaTrackConstraints} ideal
 * @param {string} [chosen]
 * @returns {MediaTrackConstraints}
 */
function exactly(ideal, chosen) {
  if (!chosen) return ideal;
  const name = chosen === 'user' || chosen === 'environment' ? 'facingMode' : 'deviceId';
  return Object.assign({}, ideal, { facingMode: undefined }, { [name]: { exact: chosen } });
}

/**
 * Both together failed: the microphone alone is worth more than the camera alone.
 * @param {DOMException} error
 * @returns {Promise<Acquired>}
 */
function acquireOne(error) {
  return worthAsking(error).then(worth => {
    const microphone = worth.audio ? ask(true, false) : Promise.reject(error);
    return microphone.then(
      tracks => meaning([error], 'no-camera').then(devices => ({ tracks, devices })),
      error2 => (worth.video ? ask(false, true) : Promise.reject(error)).then(
        tracks => meaning([error2, error], 'no-microphone').then(devices => ({ tracks, devices })),
        error3 => meaning([error, error2, error3], 'none').then(nothing)));
  });
}

/**
 * @param {MediaTrackConstraints | boolean} audio
 * @param {MediaTrackConstraints | boolean} video
 * @returns {Promise<MediaStreamTrack[]>}
 */
function ask(audio, video) {
  return navigator.mediaDevices.getUserMedia({ audio, video }).then(stream => stream.getTracks());
}

/**
 * After a refusal of both, only the one that is not refused itself: nobody is asked twice for the same.
 * @param {DOMException} error
 * @returns {Promise<{audio: boolean, video: boolean}>}
 */
function worthAsking(error) {
  if (MEANING[error.name] !== 'denied') return Promise.resolve({ audio: true, video: true });
  return permissions().then(states => ({
    audio: states.camera === 'denied' && states.microphone !== 'denied' && states.microphone !== '',
    video: states.microphone === 'denied' && states.camera !== 'denied' && states.camera !== '',
  }));
}

/** @returns {Promise<{camera: string, microphone: string}>} empty where the browser does not tell */
function permissions() {
  /** @param {string} name */
  const state = name => new Promise(resolve => resolve(
    navigator.permissions.query({ name: /** @type {PermissionName} */ (name) }))).then(status => /** @type {PermissionStatus} */ (status).state, () => '');
  return Promise.all([state('camera'), state('microphone')]).then(states => ({ camera: states[0], microphone: states[1] }));
}

/** @param {DOMException} error */
function known(error) {
  return MEANING[error.name] === 'denied' || MEANING[error.name] === 'none';
}

/**
 * The most telling of the errors; a missing device tells least.
 * @param {DOMException[]} errors
 * @param {Devices} missing  what a missing device means here
 * @returns {Promise<Devices>}
 */
function meaning(errors, missing) {
  const error = errors.filter(each => MEANING[each.name] !== 'none')[0];
  if (!error) return Promise.resolve(missing);
  const devices = MEANING[error.name] || 'failed';
  if (devices !== 'denied') return Promise.resolve(devices);
  if (/system/i.test(error.message)) return Promise.resolve(/** @type {Devices} */ ('system-denied'));
  // The page may, and still may not: then it is the device's own settings.
  return permissions().then(states => (states.camera === 'granted' && states.microphone === 'granted' ? 'system-denied' : 'denied'));
}

/**
 * @param {Devices} devices
 * @returns {Acquired}
 */
function nothing(devices) {
  return { tracks: [], devices };
}

/**
 * @param {MediaStreamTrack | undefined} track
 * @returns {string} `user` or `environment` for a phone's cameras, else nothing
 */
export function facing(track) {
  return (track && track.getSettings && track.getSettings().facingMode) || '';
}

/** @returns {boolean} whether a camera can really be off, with its lamp, and come back without a new description */
export function canSwapTracks() {
  return Boolean(window.RTCRtpSender && RTCRtpSender.prototype.replaceTrack);
}

/* ---- The call ---- */

const RESTART_AFTER_DISCONNECTED = 2500;
const CONNECTED_WITHIN = 8000;
const OFFERER_GOES_FIRST = 1500;
const RESTARTS_BEFORE_REBUILD = 3;
const PATIENCE = 45000;
/** Of one message on a data channel. */
const MOST_CHARACTERS = 256 * 1024;

/**
 * @typedef {{kbit: number, scale: number, fps: number}} Picture  How much picture somebody gets: kilobits a second (0: none), how many times narrower, frames a second.
 */

/** @returns {boolean} whether this browser can hold a talk at all */
export function canCall() {
  return Boolean(window.RTCPeerConnection && window.WebSocket && window.MediaStream);
}

/**
 * @typedef {object} Listener  What a mesh tells the room.
 * @property {(call: Call) => void} changed  Somebody's `state`, `peer` or `remote` is another now; `peer` is null when they have gone.
 * @property {(data: any, call: Call) => void} heard  A message on the data channel "talk".
 * @property {(channel: RTCDataChannel, call: Call) => void} opened  The other side has opened a channel of its own.
 */

/** Everybody else in the talk: one call to each. */
export class Mesh {
  /**
   * @param {(type: string, fields: object) => boolean} send  through the socket; false when it does not leave
   * @param {Listener} listener
   */
  constructor(send, listener) {
    this.send = send;
    this.listener = listener;
    /** What we send to all; a muted microphone is in it, a camera that is off is not. */
    this.local = new MediaStream();
    /** @type {{[id: string]: Call}} */
    this.calls = {};
    /** @type {RTCIceServer[]} */
    this.iceServers = [];
    this.id = '';
  }

  /** @returns {Call[]} in the order in which they came */
  get all() {
    return Object.keys(this.calls).map(id => this.calls[id]);
  }

  /** @returns {CallState} of the talk as a whole: it goes on while anybody is connected */
  get state() {
    const states = this.all.map(call => call.state);
    return /** @type {CallState[]} */ (['connected', 'lost', 'connecting']).filter(state => states.indexOf(state) >= 0)[0] || 'none';
  }

  /** @param {Welcome} welcome */
  welcome(welcome) {
    this.id = welcome.id;
    this.iceServers = welcome.iceServers || [];
    // Whoever is there is told anew: see `peer`.
    this.all.forEach(call => call.renew());
  }

  /** @param {PeerMessage} message */
  peer(message) {
    const id = message.id;
    if (!this.calls[id]) {
      if (!message.peer) return;
      this.calls[id] = new Call(id, this);
    }
    const call = this.calls[id];
    if (message.peer) {
      call.peer = message.peer;
      call.offerer = message.offerer;
    }
    call.meets(message.peer, message.left);
  }

  /**
   * @param {string} type
   * @param {Relayed} message
   */
  relayed(type, message) {
    const call = this.calls[message.from];
    if (!call) return;
    if (message.description) call.description(message.description);
    else if (message.candidate) call.candidate(message.candidate);
    else if (type === 'renegotiate') call.renegotiate(Boolean(message.restart));
  }

  /**
   * A track begins, ends (null) or is replaced, for all. Nobody need be there yet.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  setTrack(kind, track) {
    tracks(this.local, kind).forEach(old => this.local.removeTrack(old));
    if (track) this.local.addTrack(track);
    this.all.forEach(call => call.setTrack(kind, track));
  }

  /**
   * On the data channel "talk", in order. What cannot leave now is lost: whoever needs it says it again when `changed` tells of a new connection.
   * @param {object} data
   * @param {string} [to]  one person; everybody when missing
   */
  tell(data, to) {
    this.all.forEach(call => { if (!to || call.id === to) call.tell(data); });
  }

  /** Our socket is gone, and with it the way to everybody. */
  away() {
    this.all.forEach(call => call.away(false));
  }

  /** The network came back, or may be another, or we slept: find new ways. */
  hurry() {
    this.all.forEach(call => call.hurry());
  }

  /** The talk is over for us. */
  close() {
    this.all.forEach(call => call.away(true));
  }
}

/** The connection to one other person. */
export class Call {
  /**
   * @param {string} id  of their place
   * @param {Mesh} mesh
   */
  constructor(id, mesh) {
    this.id = id;
    this.mesh = mesh;
    /** @type {Peer | null} */
    this.peer = null;
    /** What they send. The same stream for the whole talk, so that the media element keeps its source. */
    this.remote = new MediaStream();
    /** The data channel "talk". @type {RTCDataChannel | null} */
    this.channel = null;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    this.offerer = false;
    /** The other side's page load, and whether messages reach it now. */
    this.page = '';
    this.present = false;
    /** When we heard of them, and how long their first picture took from then on, in milliseconds. */
    this.metAt = this.took = 0;
    /** We were connected in this talk: a loss is an interruption, not a beginning. */
    this.met = false;
    /** The offerer's: an offer is out, and what to do when its answer is in. */
    this.awaiting = false;
    this.again = /** @type {'' | 'offer' | 'restart'} */ ('');
    this.offeredAt = 0;
    /** The answer must come from a fresh beginning of ICE. */
    this.freshAnswer = false;
    this.restarts = 0;
    /** Which session of the other side the last description belonged to. */
    this.session = '';
    this.ufrag = '';
    this.timer = 0;
    this.patience = 0;
    /** @type {{[kind: string]: RTCRtpSender}} */
    this.senders = {};
    /** What `limit` said last. @type {Picture | null} */
    this.picture = null;
    /** @type {RTCIceCandidateInit[]} */
    this.early = [];
    /** How many bytes have been kept for parts that are not loaded. */
    this.held = 0;
    this.chain = Promise.resolve();
  }

  /** @returns {boolean} */
  get connected() {
    if (!this.pc) return false;
    // Old engines have only the state of ICE.
    const state = this.pc.connectionState || this.pc.iceConnectionState;
    return state === 'connected' || /** @type {string} */ (state) === 'completed';
  }

  /** @returns {CallState} */
  get state() {
    if (this.connected) return 'connected';
    if (this.met) return 'lost';
    return this.present ? 'connecting' : 'none';
  }

  /* -- What the server says -- */

  /** Our socket is back: new relay credentials, and we will be told whether they are there. */
  renew() {
    this.present = false;
    if (this.pc && this.pc.setConfiguration) {
      try { this.pc.setConfiguration(this.configuration()); } catch (error) { /* The old servers will do. */ }
    }
  }

  /**
   * @param {Peer | null} peer
   * @param {boolean} left  hung up, not only out of reach
   */
  meets(peer, left) {
    if (!peer) this.away(left);
    else if (peer.page !== this.page) this.meet(peer.page);
    // The server may notice a dead socket later than its owner: then the other side comes back without having gone.
    else if (!this.present || !this.connected) this.resume();
    this.changed();
  }

  /** The other side cannot be reached. @param {boolean} left */
  away(left) {
    this.present = false;
    clearTimeout(this.patience);
    if (left) this.part();
    else this.patience = setTimeout(() => this.connected || this.part(), PATIENCE);
  }

  /** @param {Description} description */
  description(description) {
    this.step(() => (description.type === 'offer' ? this.answer(description) : this.accept(description)));
  }

  /** @param {RTCIceCandidateInit} candidate */
  candidate(candidate) {
    this.step(() => {
      if (!this.pc || !this.pc.remoteDescription || !this.pc.remoteDescription.type) this.early.push(candidate);
      else return this.add(candidate);
    });
  }

  /** @param {boolean} restart */
  renegotiate(restart) {
    if (!this.offerer || !this.pc) return;
    if (!restart) this.offer(false);
    else this.resume(this.restartIsDue());
  }

  /* -- What the room says -- */

  /**
   * What we send is another now.
   * @param {Kind} kind
   * @param {MediaStreamTrack | null} track
   */
  setTrack(kind, track) {
    const sender = this.senders[kind];
    if (sender && sender.replaceTrack) sender.replaceTrack(track).catch(ignore);
    else if (this.pc && this.attachOld(kind)) this.offer(false);
  }

  /** A new way for what may be dead and does not know it yet; what lives is not disturbed. */
  hurry() {
    if (this.pc) this.repair();
  }

  /**
   * How much picture they get. The sound is not touched.
   * @param {Picture} picture
   */
  limit(picture) {
    const before = this.picture;
    const sender = this.senders.video;
    this.picture = picture;
    if (sender && sender.setParameters) {
      const parameters = /** @type {any} */ (sender.getParameters());
      // Firefox before 110 begins without.
      if (!parameters.encodings || !parameters.encodings.length) parameters.encodings = [{}];
      Object.assign(parameters.encodings[0], {
        active: picture.kbit > 0, maxBitrate: Math.max(picture.kbit, 1) * 1000, scaleResolutionDownBy: picture.scale, maxFramerate: picture.fps,
      });
      parameters.degradationPreference = 'maintain-framerate';
      sender.setParameters(parameters).catch(ignore);
    } else if (this.pc && (!before || before.kbit !== picture.kbit)) {
      // Engines before 2019 read it in the description: see `setRemote`.
      this.offer(false);
    }
  }

  /** @param {object} data */
  tell(data) {
    if (this.channel && this.channel.readyState === 'open') this.channel.send(JSON.stringify(data));
  }

  /** @returns {Promise<{audioPacketsReceived: number, framesDecoded: number, selectedPair: object | null}>} for support and tests */
  stats() {
    const result = { audioPacketsReceived: 0, framesDecoded: 0, selectedPair: /** @type {object | null} */ (null) };
    if (!this.pc) return Promise.resolve(result);
    return this.pc.getStats().then(report => {
      /** @type {{[id: string]: any}} */
      const all = {};
      report.forEach(entry => { all[entry.id] = entry; });
      const entries = Object.keys(all).map(id => all[id]);
      entries.forEach(entry => {
        if (entry.type === 'inbound-rtp' && (entry.kind || entry.mediaType) === 'audio') result.audioPacketsReceived += entry.packetsReceived || 0;
        // Engines before 2020 count frames in the track.
        result.framesDecoded = Math.max(result.framesDecoded, entry.framesDecoded || 0);
      });
      const transport = entries.filter(entry => entry.type === 'transport' && entry.selectedCandidatePairId)[0];
      const pair = transport ? all[transport.selectedCandidatePairId]
        : entries.filter(entry => entry.type === 'candidate-pair' && (entry.selected || (entry.nominated && entry.state === 'succeeded')))[0];
      if (pair) {
        const local = all[pair.localCandidateId] || {};
        const remote = all[pair.remoteCandidateId] || {};
        result.selectedPair = {
          local: local.candidateType, remote: remote.candidateType, protocol: local.protocol,
          relayProtocol: local.relayProtocol, roundTripTime: pair.currentRoundTripTime,
        };
      }
      return result;
    });
  }

  /* -- Coming and going -- */

  /**
   * Somebody is there whom we do not know, or who has loaded the page anew: the old connection has no other end.
   * @private
   * @param {string} page
   */
  meet(page) {
    this.present = true;
    this.metAt = Date.now();
    this.page = page;
    clearTimeout(this.patience);
    this.drop();
    if (this.offerer) this.rebuild();
    else this.watch(CONNECTED_WITHIN);
  }

  /**
   * The same page can be reached again, and with it the other end of our connection.
   * @private
   * @param {boolean} [asked]  the other side is not connected, whatever we are
   */
  resume(asked) {
    this.present = true;
    clearTimeout(this.patience);
    if (!this.offerer) {
      if (!this.connected) this.watch(OFFERER_GOES_FIRST);
    } else if (!this.pc) {
      this.rebuild();
    } else if (this.awaiting) {
      // The offer or its answer may be lost. The same offer once more: whichever answer comes fits it.
      if (this.pc.signalingState !== 'have-local-offer' || !this.restartIsDue()) return;
      this.sendDescription(/** @type {RTCSessionDescription} */ (this.pc.localDescription));
      this.watch(CONNECTED_WITHIN / 2);
    } else if (asked || (!this.connected && this.restartIsDue())) {
      this.repair();
    }
  }

  /** @private  Both sides notice an interruption at about the same time: one restart is enough. */
  restartIsDue() {
    return Date.now() - this.offeredAt > OFFERER_GOES_FIRST;
  }

  /** @private */
  part() {
    this.page = '';
    this.met = false;
    this.drop();
    delete this.mesh.calls[this.id];
    this.peer = null;
    this.changed();
  }

  /** @private */
  drop() {
    clearTimeout(this.timer);
    const pc = this.pc;
    this.pc = null;
    this.awaiting = false;
    this.again = '';
    this.restarts = 0;
    this.senders = {};
    this.early = [];
    this.channel = null;
    // What a closed connection was asked for is never answered: nobody may wait for it.
    this.chain = Promise.resolve();
    if (!pc) return;
    pc.onicecandidate = pc.ontrack = pc.ondatachannel = pc.oniceconnectionstatechange = pc.onconnectionstatechange = null;
    pc.close();
  }

  /* -- Keeping the connection -- */

  /**
   * Not connected when it should be: the offerer restarts, or begins anew after some restarts; the other side asks for it.
   * @private
   */
  repair() {
    // Out of reach: `resume` repairs when the other side is back.
    if (!this.present) return;
    if (!this.offerer) this.send('renegotiate', { restart: true });
    else if (this.awaiting && Date.now() - this.offeredAt < CONNECTED_WITHIN) this.again = 'restart';
    else if (this.awaiting || (!this.connected && ++this.restarts > RESTARTS_BEFORE_REBUILD)) { this.rebuild(); return; }
    else this.offer(true);
    this.watch(CONNECTED_WITHIN);
  }

  /**
   * @private
   * @param {number} milliseconds
   */
  watch(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.connected) this.restarts = 0;
      else this.repair();
    }, milliseconds);
  }

  /** @private */
  stateChanged() {
    if (!this.pc) return;
    const state = this.pc.connectionState || this.pc.iceConnectionState;
    if (this.connected) {
      clearTimeout(this.timer);
      this.met = true;
      this.restarts = 0;
    } else if (state === 'failed') {
      this.watch(this.offerer ? 0 : OFFERER_GOES_FIRST);
    } else if (state === 'disconnected') {
      this.watch(RESTART_AFTER_DISCONNECTED + (this.offerer ? 0 : OFFERER_GOES_FIRST));
    }
    if (!this.connected && !this.present) this.away(false);
    this.changed();
  }

  /* -- The connection -- */

  /** @private */
  configuration() {
    // One way for everything from the beginning: fewer candidates, one place at the relay instead of three.
    // Chromium 69 to 71 know transceivers only when asked.
    return /** @type {RTCConfiguration} */ ({ iceServers: this.mesh.iceServers, bundlePolicy: 'max-bundle', sdpSemantics: 'unified-plan' });
  }

  /**
   * @private
   * @returns {RTCPeerConnection}
   */
  build() {
    this.drop();
    const pc = this.pc = new RTCPeerConnection(this.configuration());
    pc.onicecandidate = event => {
      if (event.candidate && event.candidate.candidate) this.send('candidate', { candidate: candidateFields(event.candidate) });
    };
    // The state of the whole, or of ICE where there is no other.
    pc['connectionState' in pc ? 'onconnectionstatechange' : 'oniceconnectionstatechange'] = () => this.stateChanged();
    pc.ondatachannel = event => {
      if (event.channel.label === 'talk') this.listen(event.channel);
      else this.mesh.listener.opened(event.channel, this);
    };
    if ('ontrack' in pc) {
      pc.ontrack = event => this.receive(event.track);
    } else {
      /** @type {any} */ (pc).onaddstream = (/** @type {any} */ event) => {
        event.stream.onaddtrack = (/** @type {MediaStreamTrackEvent} */ added) => this.receive(added.track);
        event.stream.getTracks().forEach((/** @type {MediaStreamTrack} */ track) => this.receive(track));
      };
    }
    return pc;
  }

  /**
   * @private
   * @param {MediaStreamTrack} track
   */
  receive(track) {
    tracks(this.remote, track.kind).forEach(old => this.remote.removeTrack(old));
    this.remote.addTrack(track);
    this.changed();
  }

  /**
   * @private
   * @param {RTCDataChannel} channel
   */
  listen(channel) {
    this.channel = channel;
    channel.onopen = () => this.changed();
    channel.onmessage = event => {
      const data = parse(event.data);
      if (data) this.mesh.listener.heard(data, this);
    };
  }

  /** @private  The offerer begins from the beginning. */
  rebuild() {
    const pc = this.build();
    this.listen(pc.createDataChannel('talk'));
    KINDS.forEach(kind => {
      const track = tracks(this.mesh.local, kind)[0];
      try {
        const transceiver = pc.addTransceiver(track || kind, { direction: 'sendrecv', streams: [this.mesh.local] });
        this.senders[kind] = transceiver.sender;
      } catch (error) {
        // No transceivers here: see `offer`.
        this.attachOld(kind);
      }
    });
    this.offer(false);
    this.watch(CONNECTED_WITHIN);
  }

  /**
   * The offerer offers, the other side asks for an offer.
   * @private
   * @param {boolean} restart
   */
  offer(restart) {
    if (!this.offerer) { this.send('renegotiate', { restart }); return; }
    if (this.awaiting) { this.again = this.again || 'offer'; return; }
    const pc = this.pc;
    if (!pc || !this.present) return;
    this.awaiting = true;
    this.offeredAt = Date.now();
    this.freshAnswer = restart || !pc.remoteDescription || !pc.remoteDescription.type;
    /** @type {RTCOfferOptions} */
    const options = restart ? { iceRestart: true } : {};
    if (!transceivers(pc).length) options.offerToReceiveAudio = options.offerToReceiveVideo = true;
    this.step(() => pc.createOffer(options).then(offer => {
      if (pc !== this.pc) return;
      // Sent before it is set, so that no candidate is faster.
      this.sendDescription(offer);
      return pc.setLocalDescription(offer);
    }));
  }

  /**
   * @private
   * @param {Description} description
   */
  accept(description) {
    const ufrag = line(description.sdp, 'ice-ufrag:');
    // An answer from before the restart, sent twice or late.
    if (!this.pc || !this.awaiting || (this.freshAnswer && ufrag === this.ufrag)) return;
    this.ufrag = ufrag;
    return this.setRemote(this.pc, description).then(() => {
      const again = this.again;
      this.awaiting = false;
      this.again = '';
      if (again === 'offer') this.offer(false);
      else if (again && !this.connected) this.watch(OFFERER_GOES_FIRST);
    });
  }

  /**
   * @private
   * @param {Description} description
   */
  answer(description) {
    // The other side has begun from the beginning: so do we.
    const session = description.sdp.split(/\r?\n/)[1].split(' ').slice(0, 2).join(' ');
    const pc = this.pc && session === this.session ? this.pc : this.build();
    this.session = session;
    if (!this.connected) this.watch(CONNECTED_WITHIN + OFFERER_GOES_FIRST);
    return this.setRemote(pc, description)
      .then(() => Promise.all(KINDS.map(kind => this.attach(pc, kind))))
      .then(() => pc.createAnswer())
      .then(answer => {
        if (pc !== this.pc) return;
        this.sendDescription(answer);
        return pc.setLocalDescription(answer);
      });
  }

  /**
   * Puts our track on the place that the offer made for it.
   * @private
   * @param {RTCPeerConnection} pc
   * @param {Kind} kind
   * @returns {Promise<void>}
   */
  attach(pc, kind) {
    const transceiver = transceivers(pc).filter(each => each.receiver.track.kind === kind)[0];
    if (!transceiver) { this.attachOld(kind); return Promise.resolve(); }
    const track = tracks(this.mesh.local, kind)[0] || null;
    transceiver.direction = 'sendrecv';
    this.senders[kind] = transceiver.sender;
    // Naming the stream keeps lips and voice together; where setStreams is missing, addTrack does it.
    if (transceiver.sender.setStreams) transceiver.sender.setStreams(this.mesh.local);
    else if (track && !transceiver.sender.track) this.senders[kind] = pc.addTrack(track, this.mesh.local);
    return transceiver.sender.track === track ? Promise.resolve() : transceiver.sender.replaceTrack(track);
  }

  /**
   * The way without transceivers: a track that comes, goes or changes needs a new description.
   * @private
   * @param {Kind} kind
   * @returns {boolean} whether something changed
   */
  attachOld(kind) {
    const pc = /** @type {RTCPeerConnection} */ (this.pc);
    const track = tracks(this.mesh.local, kind)[0];
    if (!pc.addTrack) {
      // The beginning of 2018: whole streams, and tracks that come later are noticed in them.
      const old = /** @type {any} */ (pc);
      if (old.getLocalStreams().indexOf(this.mesh.local) < 0) old.addStream(this.mesh.local);
      return true;
    }
    const sender = this.senders[kind];
    if (sender && sender.track === track) return false;
    if (sender) { pc.removeTrack(sender); delete this.senders[kind]; }
    if (track) this.senders[kind] = pc.addTrack(track, this.mesh.local);
    return Boolean(sender || track);
  }

  /**
   * @private
   * @param {RTCPeerConnection} pc
   * @param {Description} description
   */
  setRemote(pc, description) {
    // Chromium below 77 refuses this line.
    let sdp = description.sdp.replace(/a=extmap-allow-mixed\r?\n/g, '');
    if (this.picture && !(this.senders.video && this.senders.video.setParameters)) sdp = limited(sdp, Math.max(this.picture.kbit, 30));
    return pc.setRemoteDescription({ type: description.type, sdp: sdp }).then(() => {
      const early = this.early;
      this.early = [];
      return Promise.all(early.map(candidate => this.add(candidate))).then(ignore);
    });
  }

  /**
   * @private
   * @param {RTCIceCandidateInit} candidate
   */
  add(candidate) {
    // One that cannot be used, or belongs to the time before a restart, is no loss.
    return this.pc ? this.pc.addIceCandidate(candidate).catch(ignore) : Promise.resolve();
  }

  /**
   * @private
   * @param {string} type
   * @param {object} fields
   */
  send(type, fields) {
    return this.mesh.send(type, Object.assign({ to: this.id }, fields));
  }

  /** @private */
  changed() {
    this.mesh.listener.changed(this);
  }

  /**
   * @private
   * @param {RTCSessionDescriptionInit} description
   */
  sendDescription(description) {
    this.send('description', { description: { type: description.type, sdp: description.sdp } });
  }

  /**
   * One after the other, in the order of the messages. What fails is tried again by `watch`.
   * @private
   * @param {() => Promise<void> | void} step
   */
  step(step) {
    this.chain = this.chain.then(step).catch(ignore);
  }
}

/**
 * What comes over a data channel is a stranger's.
 * @param {any} text
 * @returns {any} an object; null when it is none, or too long
 */
export function parse(text) {
  if (typeof text !== 'string' || text.length > MOST_CHARACTERS) return null;
  try {
    const data = JSON.parse(text);
    return data && typeof data === 'object' ? data : null;
  } catch (error) { return null; }
}

/**
 * @param {MediaStream} stream
 * @param {string} kind
 * @returns {MediaStreamTrack[]}
 */
export function tracks(stream, kind) {
  return kind === 'audio' ? stream.getAudioTracks() : stream.getVideoTracks();
}

/**
 * @param {RTCPeerConnection} pc
 * @returns {RTCRtpTransceiver[]} none in engines that know none
 */
function transceivers(pc) {
  try { return pc.getTransceivers ? pc.getTransceivers() : []; } catch (error) { return []; }
}

/**
 * What the picture may take, for engines without `setParameters` (RFC 8866, 5.8; TIAS: RFC 3890).
 * @param {string} sdp
 * @param {number} kbit
 */
function limited(sdp, kbit) {
  return sdp.replace(/(m=video[^]*?c=IN.*\r?\n)/, '$1b=AS:' + kbit + '\r\nb=TIAS:' + kbit * 1000 + '\r\n');
}

/** @param {RTCIceCandidate} candidate */
function candidateFields(candidate) {
  return { candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex };
}

/**
 * @param {string} sdp
 * @param {string} attribute
 * @returns {string} its first value
 */
function line(sdp, attribute) {
  return (sdp.split('a=' + attribute)[1] || '').split(/\r?\n/)[0];
}

/** Nothing to do, and the reason stands where it is called. */
function ignore() {}
