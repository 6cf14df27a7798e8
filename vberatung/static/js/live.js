/**
 * Keeps [data-live] up to date: the server pushes the part anew whenever it has changed.
 * The title counts who waits, and the status region says who has come.
 */
(function () {
  'use strict';

  const part = document.querySelector('[data-live]');
  const lost = document.querySelector('[data-live-lost]');
  const status = document.getElementById('status');
  const title = document.title;
  const PAUSES_MS = [500, 1000, 2000, 5000];
  let failures = 0;

  /** @param {string} html the part as rendered by our own server */
  function show(html) {
    const before = waitingTitle();
    const focused = document.activeElement && part.contains(document.activeElement) ? document.activeElement.id : '';
    const fresh = new DOMParser().parseFromString(html, 'text/html').body;
    if (looks(fresh) === looks(part)) return; // what is pressed in this moment stays where it is
    while (part.firstChild) part.removeChild(part.firstChild);
    while (fresh.firstChild) part.appendChild(fresh.firstChild);
    if (focused && document.getElementById(focused)) document.getElementById(focused).focus();
    if (waitingTitle() !== before) status.textContent = waitingTitle();
    count();
  }

  /** @param {Element} element  two tokens of one session look different and are worth the same */
  function looks(element) {
    return element.innerHTML.replace(/(name="csrf_token" value=")[^"]*/g, '$1').trim();
  }

  function waitingTitle() {
    const heading = document.getElementById('waiting-title');
    return heading ? heading.textContent.trim() : '';
  }

  function count() {
    const waiting = part.querySelector('[data-waiting]').getAttribute('data-waiting');
    document.title = waiting === '0' ? title : '(' + waiting + ') ' + title;
  }

  function connect() {
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    const socket = new WebSocket(scheme + location.host + part.getAttribute('data-live'));
    socket.onmessage = function (event) {
      if (event.data.charAt(0) === '{') return; // an error message: the close code says the same
      failures = 0;
      lost.hidden = true;
      show(event.data);
    };
    socket.onclose = function (event) {
      if (event.code === 4403) { location.reload(); return; } // signed out: the page leads to the sign-in
      lost.hidden = failures < 2;
      setTimeout(connect, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]);
      failures += 1;
    };
  }

  if (part && 'WebSocket' in window) {
    lost.textContent = lost.getAttribute('data-live-lost'); // a text browser would show it, hidden or not
    count();
    connect();
  }
}());
