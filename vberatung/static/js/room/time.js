/** More time for the talk: the server's page about it, in the panel. For the counsellor only. */
import { room } from './room.js';
import { fragmentIn } from './fragment.js';

const body = room.find('[data-time-body]');
const address = room.root.dataset.time;
const load = fragmentIn(body, room.find('[data-time-failed]'), address);

/** @param {string} minutes  of the button that was pressed */
function extend(minutes) {
  const data = new FormData(/** @type {HTMLFormElement} */ (body.querySelector('form')));
  data.set('minutes', minutes);
  load(String(address), data).then(focused => {
    const news = body.querySelector('[data-said]');
    if (news) room.announce(String(news.getAttribute('data-said')));
    // The button that was pressed is another one now.
    if (focused) room.find('[data-part=time] [data-part-heading]').focus();
  });
}

body.addEventListener('submit', event => event.preventDefault());
body.addEventListener('click', event => {
  const button = /** @type {HTMLButtonElement | null} */ (/** @type {Element} */ (event.target).closest('button[name=minutes]'));
  if (!button) return;
  event.preventDefault();
  extend(button.value);
});

room.part('time', {
  shown() {
    if (address) load(address);
    else room.find('[data-time-elsewhere]').hidden = false;
  },
});
