/** Brings the steps of the device test into the page, and then their module. Without them the page says what else there is. */
const place = /** @type {HTMLElement} */ (document.querySelector('[data-load]'));
const words = /** @type {HTMLElement} */ (place.querySelector('[data-without-script]'));

words.hidden = true;
place.dataset.state = 'loading';
fetch(place.dataset.load || '', { headers: { 'X-Requested-With': 'fetch' }, credentials: 'same-origin' })
  .then(response => (response.ok ? response.text() : Promise.reject(response)))
  .then(html => {
    place.innerHTML = html;
    place.dataset.state = '';
    const module = document.createElement('script');
    module.type = 'module';
    module.src = place.dataset.module || '';
    document.head.appendChild(module);
  })
  .catch(() => {
    words.textContent = words.dataset.failed || '';
    words.hidden = false;
  });
