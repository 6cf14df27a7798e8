/**
 * Which ways through the network there are, each tried by itself (RFC 8656, RFC 7065).
 *
 * @typedef {'udp' | 'tcp' | 'tls'} Kind  how the relay is reached
 * @typedef {{kind: Kind, url: string, server: RTCIceServer}} Relay
 */

const WITHIN = 5000;

/** @param {RTCIceServer[]} servers @returns {Relay[]} each address of a relay */
export function relays(servers) {
  /** @type {Relay[]} */
  const found = [];
  servers.forEach(server => {
    [].concat(/** @type {any} */ (server.urls)).forEach((/** @type {string} */ url) => {
      if (/^turns?:/.test(url)) found.push({ kind: kindOf(url), url, server });
    });
  });
  return found;
}

/** @param {string} url @returns {Kind} */
function kindOf(url) {
  return /^turns:/.test(url) ? 'tls' : /transport=tcp/.test(url) ? 'tcp' : 'udp';
}

/** @param {Relay} relay @returns {Promise<boolean>} whether it gives us an address of its own */
export function works(relay) {
  return new Promise(resolve => {
    const server = { urls: relay.url, username: relay.server.username, credential: relay.server.credential };
    const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' });
    /** @param {boolean} worked */
    const end = worked => { clearTimeout(timer); pc.close(); resolve(worked); };
    const timer = setTimeout(() => end(false), WITHIN);
    pc.onicecandidate = event => {
      if (event.candidate && / typ relay/.test(event.candidate.candidate)) end(true);
      else if (!event.candidate) end(false);
    };
    pc.createDataChannel('way');
    pc.createOffer().then(offer => pc.setLocalDescription(offer)).catch(() => end(false));
  });
}
