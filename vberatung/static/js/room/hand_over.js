/** Hand the talk over to another device: the server makes the code, the other device takes it. */
import { room } from './room.js';

const place = room.find('[data-hand-over-code]');
const failed = room.find('[data-hand-over-failed]');

room.find('[data-do=hand-over]').addEventListener('click', () => {
  failed.hidden = true;
  const body = new FormData();
  body.append('csrf_token', room.root.dataset.csrf || '');
  fetch(room.root.dataset.handOver || '', { method: 'POST', body: body, credentials: 'same-origin' })
    .then(response => (response.ok ? response.text() : Promise.reject(response)))
    .then(html => {
      place.innerHTML = html;
      room.announce(String(room.find('[data-testid=hand-over-code]').textContent));
    }, () => {
      failed.hidden = false;
      room.say('heard', failed.textContent);
    });
});

room.part('hand_over', {});
