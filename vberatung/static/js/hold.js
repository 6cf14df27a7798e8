/**
 * The time that is held while the booking form is open: counts down, says so, and is given back
 * when the page is left. Without JavaScript the page names the moment at which the hold ends.
 * ES2017; loaded by enhance.js where a page names it, because htmx swaps the form in.
 */
(function () {
  'use strict';

  const MINUTE_MS = 60000;
  const TICK_MS = 5000;
  const WHICH = ['csrf_token', 'topic', 'channel', 'slot']; // which hold; nothing that was typed
  let held = null; // the element of the hold that is shown
  let ends = 0; // when it ends, by this browser's clock
  let timer = 0;
  let said = null;

  function part(name) {
    return held.querySelector('[data-hold-' + name + ']');
  }

  /** Announces one of the sentences that the page brought along, once. @param {string} name */
  function say(name) {
    if (said === name) return;
    said = name;
    part('say').textContent = held.getAttribute('data-' + name);
  }

  function tick() {
    if (!held || !document.contains(held)) return stop();
    const left = ends - Date.now();
    if (left <= 0) {
      part('kept').textContent = held.getAttribute('data-over');
      part('left').textContent = '';
      say('over');
      clearInterval(timer);
      return;
    }
    const minutes = Math.max(1, Math.ceil(left / MINUTE_MS));
    part('left').textContent = held.getAttribute('data-left').replace('#', String(minutes));
    if (left <= 2 * MINUTE_MS) say('soon');
  }

  /** Tells the server that the page is closed, or (`back`) that it is open again. */
  function tell(element, back) {
    const form = element.parentNode.querySelector('[data-hold-form]');
    if (!form || !navigator.sendBeacon) return;
    const fields = new FormData();
    WHICH.forEach(function (name) {
      if (form.elements[name]) fields.append(name, form.elements[name].value);
    });
    if (back) fields.append('back', '1');
    navigator.sendBeacon(element.getAttribute('data-hold'), fields);
  }

  function stop() {
    clearInterval(timer);
    held = null;
  }

  function start() {
    const element = document.querySelector('[data-hold]');
    if (element === held) return;
    if (held) tell(held, false); // another page has taken its place
    stop();
    if (!element) return;
    held = element;
    said = null;
    const now = Date.parse(element.getAttribute('data-now'));
    ends = Date.now() + Date.parse(element.getAttribute('data-until')) - now;
    tell(held, true);
    timer = setInterval(tick, TICK_MS);
    tick();
  }

  window.addEventListener('pagehide', function () {
    if (held) tell(held, false);
  });
  window.addEventListener('pageshow', function (event) {
    if (event.persisted && held) tell(held, true);
  });
  document.addEventListener('htmx:afterSwap', start);
  start();
}());
