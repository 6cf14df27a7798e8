/** Brings the steps of the device test into the page, and then their module. Without them the page says what else there is. */
const place = /** @type {HTMLElement} */ (document.querySelector('[data-load]'));
const words = /** @type {HTMLElement} */ (place.querySelector('[data-without-script]'));

words.hidden = true;
place.dataset.state = 'loading';
fetch(place.dataset.load || '', { headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' })
  .then(response => (response.ok ? response.text() : Promise.reject(response)))
  .then(html => {
    // Nothing can be pressed before its module has run.
    place.hidden = true;
    place.innerHTML = html;
    return run(place.dataset.module || '');
  })
  .then(() => {
    place.hidden = false;
    place.dataset.state = '';
  })
  .catch(() => {
    place.innerHTML = '';
    place.appendChild(words);
    place.hidden = false;
    words.textContent = words.dataset.failed || '';
    words.hidden = false;
  });

/** @param {string} address @returns {Promise<any>} when it has run */
function run(address) {
  return new Promise((resolve, reject) => {
    const module = document.createElement('script');
    module.type = 'module';
    module.src = address;
    module.onload = resolve;
    module.onerror = reject;
    document.head.appendChild(module);
  });
}
