/**
 * Solves the task of templates/components/proof_of_work.html (ALTCHA, version 2) while the form is
 * filled in: PBKDF2 for one counter after the other, until the key begins as the task asks.
 * Without Web Crypto (http, old engines) the form says what to do instead. ES2017.
 */
(function () {
  'use strict';

  const subtle = window.isSecureContext !== false && window.crypto && window.crypto.subtle;
  let waiting = null; // the button that was pressed too early

  /** @param {string} hex @return {Uint8Array} */
  function bytes(hex) {
    return new Uint8Array((hex.match(/../g) || []).map(function (pair) { return parseInt(pair, 16); }));
  }

  /** @param {ArrayBuffer} buffer */
  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) { return ('0' + byte.toString(16)).slice(-2); }).join('');
  }

  /** The key of one counter: PBKDF2 over the nonce with the counter behind it, big-endian. */
  async function derive(task, counter) {
    const nonce = bytes(task.nonce);
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const rule = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(task.salt), iterations: task.cost };
    return hex(await subtle.deriveBits(rule, key, task.keyLength * 8));
  }

  function show(part, state) {
    part.setAttribute('data-proof-is', state);
    part.querySelector('[data-proof-say]').textContent = part.getAttribute('data-' + state) || '';
    part.querySelector('[data-proof-impossible]').hidden = state !== 'impossible';
  }

  async function solve(part) {
    const challenge = JSON.parse(part.getAttribute('data-proof'));
    const task = challenge.parameters;
    for (let counter = 0; document.contains(part); counter += 1) {
      const key = await derive(task, counter);
      if (key.startsWith(task.keyPrefix)) {
        const answer = { challenge: challenge, solution: { counter: counter, derivedKey: key } };
        part.querySelector('input[name="altcha"]').value = btoa(JSON.stringify(answer));
        return;
      }
    }
  }

  function begin() {
    document.querySelectorAll('[data-proof]:not([data-proof-is])').forEach(function (part) {
      if (!subtle) return; // what the page says without JavaScript stands
      show(part, 'working');
      solve(part).then(function () { finish(part, 'done'); }, function () { finish(part, 'impossible'); });
    });
  }

  function finish(part, state) {
    show(part, state);
    const button = waiting;
    waiting = null;
    if (button && document.contains(button)) button.click();
  }

  /** Pressed before the task is solved: the form goes when it is. Before enhance.js counts it as sent. */
  window.addEventListener('submit', function (event) {
    const form = event.target;
    const part = form.querySelector('[data-proof-is="working"], [data-proof-is="waiting"]');
    if (!part) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter || form.querySelector('button[type="submit"]');
    show(part, 'waiting');
  }, true);

  document.addEventListener('htmx:afterSwap', begin);
  begin();
}());
