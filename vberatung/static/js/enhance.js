/**
 * Small comforts for pages that work without JavaScript.
 * ES2017 for engines back to early 2018; loaded with defer, after htmx.
 */
(function () {
  'use strict';

  const RELEASE_AFTER_MS = 8000; // an answer that is a download leaves the page, and its buttons, in place
  let sent = []; // forms on their way, each with the button that was pressed

  /** Lets forms be sent again. @param {Element=} form only this one */
  function release(form) {
    sent = sent.filter(function (entry) {
      if (form && entry.form !== form) return true;
      if (entry.button) entry.button.removeAttribute('aria-disabled');
      return false;
    });
  }

  /**
   * Another language: the form goes to this page, as a whole page and past all that waits for a
   * form to be sent. First of all listeners; without `submitter` (before 2022) the click tells.
   */
  let choosesLanguage = false;
  window.addEventListener('click', function (event) {
    choosesLanguage = !!event.target.closest('button[name="lang"]');
  }, true);
  window.addEventListener('submit', function (event) {
    if (choosesLanguage) event.stopImmediatePropagation();
    choosesLanguage = false;
  }, true);

  /** One press, one request. The button keeps its focus, its name and its value. */
  document.addEventListener('submit', function (event) {
    const form = event.target;
    if (sent.some(function (entry) { return entry.form === form; })) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    const active = document.activeElement;
    const button = event.submitter || (form.contains(active) && active.matches('button') ? active : null);
    if (button) button.setAttribute('aria-disabled', 'true');
    sent.push({ form: form, button: button });
    setTimeout(function () { release(form); }, RELEASE_AFTER_MS);
  }, true);
  window.addEventListener('pageshow', function () { release(); });
  document.addEventListener('htmx:afterRequest', function (event) { release(event.detail.elt); });

  /** An answer such as "422, please check your entries" is a page like any other. */
  document.addEventListener('htmx:beforeSwap', function (event) {
    const status = event.detail.xhr.status;
    if (status >= 400 && status < 500) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  /** After a new page in place of the old one: top of the page, focus on what is wrong or else on the heading. */
  document.addEventListener('htmx:afterSwap', function (event) {
    reveal();
    const target = event.detail.target;
    if (target.id !== 'main' && target !== document.body) return;
    const start = document.getElementById('error-summary') || document.querySelector('#main h1');
    window.scrollTo(0, 0);
    if (!start) return;
    if (!start.hasAttribute('tabindex')) start.setAttribute('tabindex', '-1');
    start.focus();
  });

  /** Says in words that the network or the server failed; silent again once something works. */
  function report(failed) {
    const status = document.getElementById('status');
    if (!status || failed === status.classList.contains('status--failed')) return;
    status.classList.toggle('status--failed', failed);
    status.textContent = failed ? status.dataset.failed : '';
  }
  ['htmx:sendError', 'htmx:timeout', 'htmx:responseError'].forEach(function (name) {
    document.addEventListener(name, function () { report(true); });
  });
  document.addEventListener('htmx:afterOnLoad', function () { report(false); });

  /** Buttons that need JavaScript are hidden in the page until now. */
  function reveal() {
    document.querySelectorAll('[data-print]').forEach(function (button) { button.hidden = false; });
  }
  document.addEventListener('click', function (event) {
    if (event.target.closest('[data-print]')) window.print();
  });
  /** A part of the page may bring a script along: htmx runs none of what it swaps in. */
  function bring() {
    document.querySelectorAll('[data-script]').forEach(function (part) {
      const src = part.dataset.script;
      if (document.querySelector('script[src="' + src + '"]')) return;
      const script = document.createElement('script');
      script.src = src;
      document.head.appendChild(script);
    });
  }
  document.addEventListener('htmx:afterSwap', bring);
  bring();
  reveal();
  const wrong = document.getElementById('error-summary');
  if (wrong) wrong.focus();
}());
