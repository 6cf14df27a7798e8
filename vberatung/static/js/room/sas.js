/**
 * The short authentication string of one pair (RFC 6189, 4.4 and 7): four words that are equal on both sides when nobody
 * sits between them. Pure: no page, no network.
 *
 * Fingerprints alone would not do: a server that swaps them can search for certificates until the words are equal. So each
 * side first commits to a random nonce together with its fingerprint, and shows the nonce only when it holds the other's
 * commitment. Whoever sits in between has to commit to both sides before knowing either nonce: one guess in 2^32.
 *
 * @typedef {{step: 'commit' | 'reveal', value: string}} Step
 */

const WORDS = [
  'Abend Adler Ahorn Ampel Anker Apfel Arbeit Atlas Auge August Ball Banane Bank Bäcker Baum Becher',
  'Beere Berg Besen Bett Biene Birke Birne Blatt Blitz Blume Boden Bogen Bohne Boot Brief Brille',
  'Brot Brücke Bruder Brunnen Buch Bürste Bus Butter Dach Daumen Decke Delfin Donner Dorf Drachen Echo',
  'Ecke Eiche Eimer Eisen Elefant Ente Erbse Erde Esel Eule Fabrik Fahne Falke Farbe Feder Feige',
  'Feld Fenster Ferien Feuer Finger Fisch Flasche Flöte Flügel Fluss Forelle Foto Frosch Frühling Fuchs Gabel',
  'Gans Garten Gast Geige Gipfel Giraffe Gitarre Glas Glocke Gold Gras Gurke Haar Hafen Hafer Hahn',
  'Hammer Hand Hase Haus Hecht Heft Heimat Helm Hemd Herbst Herz Himbeere Himmel Hirsch Hobel Hof',
  'Holz Honig Horn Hose Hotel Hügel Hund Hut Igel Insel Jacke Januar Juli Kaffee Kamel Kamm',
  'Kanne Karte Kasse Katze Kerze Kessel Kette Kind Kino Kirsche Kissen Klavier Klee Knopf Koch Koffer',
  'Kohl König Korb Korn Kran Kreis Krone Küche Kugel Kuh Lampe Land Laub Leiter Lied Linde',
  'Linse Löffel Löwe Luft Lupe Mai Maler Mandel Mantel Markt Maus Meer Mehl Melone Messer Milch',
  'Minze Mond Moos Morgen Motor Möwe Mücke Münze Muschel Musik Mutter Nacht Nadel Nagel Nase Nebel',
  'Nest Netz Nudel Nuss Ofen Onkel Orange Orgel Palme Papier Park Pfeffer Pferd Pilz Pinsel Pirat',
  'Quelle Rabe Rakete Regen Reis Ring Robbe Rose Sand Schaf Schiff Schirm Schnee Schuh See Seife',
  'Sessel Silber Sofa Sommer Sonne Spiegel Stadt Stein Stern Stuhl Suppe Tafel Tal Tante Tasche Tasse',
  'Taube Teller Tennis Tiger Tinte Tisch Tomate Topf Traube Treppe Tulpe Turm Uhr Vater Vogel Wagen',
].join(' ').split(' ');

/**
 * @param {string} sdp
 * @returns {string} the one SHA-256 fingerprint of the certificate (RFC 8122), in lower case; empty when there are several or none
 */
export function fingerprint(sdp) {
  const found = (sdp.match(/^a=fingerprint:.*$/gm) || []).map(line => line.slice('a=fingerprint:'.length).trim().toLowerCase());
  const same = found.every(each => each === found[0]);
  return same && found[0] && found[0].indexOf('sha-256 ') === 0 ? found[0].slice('sha-256 '.length) : '';
}

export class Exchange {
  /**
   * @param {string} own  our fingerprint
   * @param {string} other  the other side's, as our description of it says
   * @param {(step: Step) => void} send
   */
  constructor(own, other, send) {
    this.own = own;
    this.other = other;
    this.send = send;
    this.nonce = hex(crypto.getRandomValues(new Uint8Array(32)));
    this.commitment = '';
    this.committed = false;
    this.refused = false;
    /** Four words, when there are any. @type {string[]} */
    this.words = [];
    this.chain = Promise.resolve();
  }

  /** @returns {Promise<void>} */
  start() {
    return this.step(() => this.commit());
  }

  /**
   * @param {any} step  whatever the other side says
   * @returns {Promise<void>} when `words` or `refused` are what they are after it
   */
  receive(step) {
    return this.step(() => this.take(step));
  }

  /** @private */
  commit() {
    if (this.committed) return Promise.resolve();
    this.committed = true;
    return commitment(this.nonce, this.own).then(value => this.send({ step: 'commit', value: value }));
  }

  /**
   * @private
   * @param {any} step
   */
  take(step) {
    const known = step && typeof step.value === 'string' && /^[0-9a-f]{64}$/.test(step.value);
    if (this.refused || this.words.length || !known) return Promise.resolve();
    if (step.step === 'commit') {
      if (this.commitment) return this.refuse();
      this.commitment = step.value;
      return this.commit().then(() => this.send({ step: 'reveal', value: this.nonce }));
    }
    // A nonce before its commitment, or another than was committed to: somebody sits in between.
    if (step.step !== 'reveal' || !this.commitment || step.value === this.nonce) return this.refuse();
    return commitment(step.value, this.other).then(value => {
      if (value !== this.commitment) return this.refuse();
      return words([this.own + ' ' + this.nonce, this.other + ' ' + step.value]).then(found => { this.words = found; });
    });
  }

  /** @private */
  refuse() {
    this.refused = true;
    this.words = [];
    return Promise.resolve();
  }

  /**
   * One after the other, in the order of the messages.
   * @private
   * @param {() => Promise<void>} step
   */
  step(step) {
    this.chain = this.chain.then(step, step);
    return this.chain;
  }
}

/**
 * @param {string} nonce
 * @param {string} print
 * @returns {Promise<string>}
 */
function commitment(nonce, print) {
  return hash('vberatung commitment ' + nonce + ' ' + print).then(hex);
}

/**
 * @param {string[]} sides  fingerprint and nonce of both, in any order
 * @returns {Promise<string[]>}
 */
function words(sides) {
  return hash('vberatung words ' + sides.sort().join(' ')).then(bytes => Array.from(bytes.slice(0, 4), byte => WORDS[byte]));
}

/**
 * @param {string} text
 * @returns {Promise<Uint8Array>} SHA-256
 */
function hash(text) {
  return Promise.resolve(crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).then(buffer => new Uint8Array(buffer));
}

/**
 * @param {Uint8Array} bytes
 * @returns {string}
 */
function hex(bytes) {
  return Array.from(bytes, byte => (byte + 256).toString(16).slice(1)).join('');
}
