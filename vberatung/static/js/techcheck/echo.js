/**
 * The echo: picture and sound go to our server and come back a second later, and a data channel measures the line.
 * docs/techcheck.md is the contract. Feature tests only; engines since early 2018.
 *
 * @typedef {object} Figures
 * @property {number} rtt  milliseconds, the median
 * @property {number} loss  per cent of the packets, of the worse direction; 0 when there is no picture and sound
 * @property {number} jitter  milliseconds
 * @property {number} up  kilobits a second that get through
 * @property {number} down
 *
 * @typedef {'no-server' | 'no-connection' | 'later'} Reason  The server is not reached; picture and sound do not get through; too many tests.
 *
 * @typedef {object} Listener
 * @property {(before: number) => void} waits  All places are taken, so many wait before us.
 * @property {(servers: RTCIceServer[]) => void} ready  We have a place, and may use these servers.
 * @property {(relayed: boolean) => void} connected  `relayed`: only through a relay.
 * @property {(stream: MediaStream) => void} returned  What comes back.
 * @property {(figures: Figures) => void} measured
 * @property {(reason: Reason) => void} failed
 * @property {(away: boolean) => void} over  The time is up; or the server is `away`, which says nothing of the line.
 *
 * @typedef {{received: number, lost: number, sent: number, lostThere: number, bytesIn: number, bytesOut: number, jitter: number, at: number}} Counts
 */

const ANSWERS_WITHIN = 8000;
/** Close codes of a server that restarts, or has failed (RFC 6455, 7.4.1). */
const AWAY = [1001, 1011];
const CONNECTED_WITHIN = 17000;
/** Before we measure: the first packets of a connection are not like the others. */
const SETTLES = 1000;
const PINGS_FOR = 4500;
const PING_PAUSE = 80;
const PONG_WITHIN = 3000;
/** Bytes: of the first try, and of the largest one. The server allows 3 MB in each direction. */
const FIRST_BURST = 12000;
const LARGEST_BURST = 1000000;
const BURSTS = 3;
/** A try that took so long says enough, and one that takes longer is stopped. */
const BURST_SAYS = 700;
const BURST_WITHIN = 7000;
const PIECE = 1200;
const BUFFERED = 65536;

export class Echo {
  /**
   * @param {string} url
   * @param {MediaStream} local  what we send; without tracks only the line is measured
   * @param {Listener} listener
   */
  constructor(url, local, listener) {
    this.url = url;
    this.local = local;
    this.listener = listener;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {RTCPeerConnection | null} */
    this.pc = null;
    /** @type {RTCDataChannel | null} */
    this.channel = null;
    this.returned = new MediaStream();
    this.media = local.getTracks().length > 0;
    this.reached = this.through = this.stuck = this.done = false;
    this.timer = 0;
    /** Who waits for the next text on the channel. @type {((text: string) => void) | null} */
    this.hears = null;
    /** Bytes of the present burst, and when the first of them came. */
    this.bytes = this.firstAt = 0;
  }

  start() {
    this.drop();
    const socket = this.socket = new WebSocket(this.url);
    this.wait(ANSWERS_WITHIN, () => this.fail('no-server'));
    socket.onopen = () => this.write({ type: 'hello', media: this.media });
    socket.onmessage = event => this.receive(JSON.parse(event.data));
    socket.onclose = event => this.lose(event.code);
  }

  /** We leave, and our place is free. */
  stop() {
    this.done = true;
    this.drop();
  }

  /** Another camera or microphone, where the engine can change it in a running connection. @param {MediaStreamTrack} track */
  replace(track) {
    if (!this.pc || !this.pc.getSenders) return;
    this.pc.getSenders().forEach(sender => {
      if (sender.track && sender.track.kind === track.kind && sender.replaceTrack) sender.replaceTrack(track).catch(ignore);
    });
  }

  /** @private */
  drop() {
    clearTimeout(this.timer);
    const socket = this.socket;
    const pc = this.pc;
    this.socket = this.pc = this.channel = null;
    if (pc) pc.close();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /**
   * @private
   * @param {any} message
   */
  receive(message) {
    switch (message.type) {
      case 'wait':
        clearTimeout(this.timer);
        this.listener.waits(Number(message.before));
        break;
      case 'ready':
        this.reached = true;
        this.wait(CONNECTED_WITHIN, () => this.fail('no-connection'));
        this.listener.ready(message.iceServers);
        this.offer(message.iceServers).catch(() => this.fail('no-connection'));
        break;
      case 'answer':
        if (this.pc) this.accept(this.pc, message.sdp).catch(() => this.fail('no-connection'));
        break;
      case 'over': this.end(); break;
      case 'error': this.refused(message.code); break;
    }
  }

  /**
   * @private
   * @param {string} code
   */
  refused(code) {
    if (code === 'bad-offer' && this.media) {
      // A codec that the server has not: the line can be measured all the same.
      this.media = false;
      this.start();
    } else if (this.through) this.end();
    else this.fail(code === 'too-fast' ? 'later' : this.reached ? 'no-connection' : 'no-server');
  }

  /**
   * @private
   * @param {number} code
   */
  lose(code) {
    if (this.through) this.end(AWAY.indexOf(code) >= 0);
    else this.fail(code === 4429 || AWAY.indexOf(code) >= 0 ? 'later' : this.reached ? 'no-connection' : 'no-server');
  }

  /** @private @param {Reason} reason */
  fail(reason) {
    if (this.done) return;
    this.stop();
    this.listener.failed(reason);
  }

  /** @private @param {boolean} [away]  it is the server that has gone: the line may be good */
  end(away = false) {
    if (this.done) return;
    this.stop();
    this.listener.over(away);
  }

  /**
   * The offer names no candidates: the server answers whoever reaches it.
   * @private
   * @param {RTCIceServer[]} iceServers
   */
  offer(iceServers) {
    const pc = this.pc = new RTCPeerConnection({ iceServers });
    if (this.media) attach(pc, this.local);
    if ('ontrack' in pc) {
      pc.ontrack = event => {
        this.returned.addTrack(event.track);
        this.listener.returned(this.returned);
      };
    } else /** @type {any} */ (pc).onaddstream = (/** @type {any} */ event) => this.listener.returned(event.stream);
    pc.oniceconnectionstatechange = () => { if (pc.iceConnectionState === 'failed') this.lose(0); };
    const channel = this.channel = pc.createDataChannel('echo');
    channel.binaryType = 'arraybuffer';
    channel.onmessage = event => this.heard(event.data);
    channel.onopen = () => this.open(pc);
    return pc.createOffer().then(offer => pc.setLocalDescription(offer).then(() => this.write({ type: 'offer', sdp: offer.sdp })));
  }

  /**
   * @private
   * @param {RTCPeerConnection} pc
   * @param {string} sdp
   */
  accept(pc, sdp) {
    // Chromium below 77 refuses this line.
    return pc.setRemoteDescription({ type: 'answer', sdp: sdp.replace(/a=extmap-allow-mixed\r?\n/g, '') });
  }

  /**
   * @private
   * @param {RTCPeerConnection} pc
   */
  async open(pc) {
    if (this.through) return;
    clearTimeout(this.timer);
    this.through = true;
    try {
      this.listener.connected(relayed(await pc.getStats()));
      const figures = await this.measure(pc);
      if (!this.done) this.listener.measured(figures);
    } catch (error) {
      // The connection went away in the middle of it.
      if (!this.done) { this.through = false; this.fail('no-connection'); }
    }
  }

  /**
   * Loss and jitter first, while the line is calm; then as much as gets through.
   * @private
   * @param {RTCPeerConnection} pc
   * @returns {Promise<Figures>}
   */
  async measure(pc) {
    await pause(SETTLES);
    const before = counts(await pc.getStats());
    const rtt = median(await this.pings());
    const calm = counts(await pc.getStats());
    const down = await this.most(bytes => this.down(bytes));
    const between = counts(await pc.getStats());
    // What has not come down yet is still on its way: there is no room for more.
    const up = this.stuck ? down : await this.most(bytes => this.up(bytes));
    const after = counts(await pc.getStats());
    return {
      rtt,
      loss: Math.max(share(calm.lost - before.lost, calm.received - before.received + calm.lost - before.lost), share(calm.lostThere - before.lostThere, calm.sent - before.sent)),
      jitter: calm.jitter,
      // Picture and sound went the same way at the same time.
      down: down + rate(between.bytesIn - calm.bytesIn, between.at - calm.at),
      up: up + rate(after.bytesOut - between.bytesOut, after.at - between.at),
    };
  }

  /** @private @returns {Promise<number[]>} milliseconds */
  async pings() {
    const until = Date.now() + PINGS_FOR;
    const found = [];
    for (let number = 0; Date.now() < until || !found.length; number++) {
      const began = performance.now();
      await this.ask('p' + number, PONG_WITHIN, text => text === 'p' + number);
      found.push(performance.now() - began);
      await pause(PING_PAUSE);
    }
    return found;
  }

  /**
   * Tries that grow until one says enough.
   * @private
   * @param {(bytes: number) => Promise<{kbit: number, took: number}>} attempt
   * @returns {Promise<number>} kilobits a second
   */
  async most(attempt) {
    let bytes = FIRST_BURST;
    let most = 0;
    for (let number = 0; number < BURSTS; number++) {
      const { kbit, took } = await attempt(bytes);
      most = Math.max(most, kbit);
      if (took >= BURST_SAYS) break;
      bytes = Math.max(FIRST_BURST, Math.min(LARGEST_BURST, Math.round(kbit * 1000 / 8)));
    }
    return most;
  }

  /**
   * @private
   * @param {number} bytes
   */
  async down(bytes) {
    this.bytes = this.firstAt = 0;
    const began = performance.now();
    const all = await this.ask(JSON.stringify({ down: bytes }), BURST_WITHIN, text => 'sent' in parse(text));
    const ended = performance.now();
    this.stuck = !all;
    return { kbit: rate(this.bytes, ended - (this.firstAt || began)), took: ended - began };
  }

  /**
   * @private
   * @param {number} bytes
   */
  async up(bytes) {
    const began = performance.now();
    const late = () => performance.now() - began > BURST_WITHIN;
    for (let sent = 0; sent < bytes && !late(); sent += PIECE) {
      this.line().send(new Uint8Array(Math.min(PIECE, bytes - sent)));
      while (this.line().bufferedAmount > BUFFERED && !late()) await pause(10);
    }
    const left = this.line().bufferedAmount;
    const text = await this.ask(JSON.stringify({ up: 0 }), BURST_WITHIN, each => 'received' in parse(each));
    const told = parse(text);
    const took = performance.now() - began;
    return { kbit: text ? rate(told.received, told.ms) : rate(Math.max(0, bytes - left), took), took };
  }

  /**
   * Says a text on the channel and waits for the one that answers it.
   * @private
   * @param {string} text
   * @param {number} within
   * @param {(text: string) => boolean} answers
   * @returns {Promise<string>} '' when none came in time
   */
  ask(text, within, answers) {
    const channel = this.line();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(''), within);
      channel.onclose = () => { clearTimeout(timer); reject(new Error('closed')); };
      this.hears = heard => {
        if (!answers(heard)) return;
        clearTimeout(timer);
        this.hears = null;
        resolve(heard);
      };
      channel.send(text);
    });
  }

  /** @private @returns {RTCDataChannel} */
  line() {
    if (!this.channel || this.channel.readyState !== 'open') throw new Error('closed');
    return this.channel;
  }

  /**
   * @private
   * @param {string | ArrayBuffer} data
   */
  heard(data) {
    if (typeof data === 'string') {
      if (this.hears) this.hears(data);
      return;
    }
    this.firstAt = this.firstAt || performance.now();
    this.bytes += data.byteLength;
  }

  /** @private @param {object} message */
  write(message) {
    if (this.socket && this.socket.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** The one timer. @private @param {number} milliseconds @param {() => void} then */
  wait(milliseconds, then) {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, milliseconds);
  }
}

/**
 * @param {RTCPeerConnection} pc
 * @param {MediaStream} local
 */
function attach(pc, local) {
  if (pc.addTrack) local.getTracks().forEach(track => pc.addTrack(track, local));
  else /** @type {any} */ (pc).addStream(local);
}

/** @param {RTCStatsReport} report @returns {Counts} of all streams together */
function counts(report) {
  const all = { received: 0, lost: 0, sent: 0, lostThere: 0, bytesIn: 0, bytesOut: 0, jitter: 0, at: performance.now() };
  let voice = false;
  report.forEach(each => {
    if (each.type === 'inbound-rtp' && !each.isRemote) {
      all.received += each.packetsReceived || 0;
      all.lost += each.packetsLost || 0;
      all.bytesIn += each.bytesReceived || 0;
      // Of the voice, if there is one: pictures come when they come.
      if (!voice) all.jitter = 1000 * (each.jitter || 0);
      voice = voice || (each.kind || each.mediaType) === 'audio';
    } else if (each.type === 'outbound-rtp' && !each.isRemote) {
      all.sent += each.packetsSent || 0;
      all.bytesOut += each.bytesSent || 0;
    } else if (each.type === 'remote-inbound-rtp') all.lostThere += each.packetsLost || 0;
  });
  return all;
}

/** @param {RTCStatsReport} report @returns {boolean} whether the pair in use begins at a relay */
function relayed(report) {
  /** @type {any} */
  let pair = null;
  report.forEach(each => {
    if (each.type === 'candidate-pair' && (each.selected || (each.nominated && each.state === 'succeeded'))) pair = pair || each;
    if (each.type === 'transport' && each.selectedCandidatePairId) pair = report.get(each.selectedCandidatePairId) || pair;
  });
  const local = /** @type {any} */ (pair && report.get(pair.localCandidateId));
  return Boolean(local && /^relay/.test(local.candidateType));
}

/** @param {string} text @returns {any} */
function parse(text) {
  try { return JSON.parse(text) || {}; } catch (error) { return {}; }
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
}

/** @param {number} bytes @param {number} milliseconds @returns {number} kilobits a second */
function rate(bytes, milliseconds) {
  return Math.max(0, bytes * 8 / Math.max(1, milliseconds));
}

/** @param {number} part @param {number} whole @returns {number} per cent */
function share(part, whole) {
  return whole > 0 ? Math.max(0, Math.min(100, 100 * part / whole)) : 0;
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

/** Nothing to do, and the reason stands where it is called. */
function ignore() {}
