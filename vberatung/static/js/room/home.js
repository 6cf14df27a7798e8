/** Takes home what was written, as a file made here. It stays possible after the end of the talk. */
import { room } from './room.js';
import { kept } from './kept.js';
import { asPage, asText } from './paper.js';

const body = room.find('[data-home-body]');
const panel = /** @type {HTMLElement} */ (body.parentElement);
const boxes = Array.from(body.querySelectorAll('[data-home-one]')).map(each => /** @type {HTMLElement} */ (each));

/** @param {string} name */
function section(name) {
  return kept[name] ? kept[name]() : { heading: '', lines: [] };
}

/** @param {HTMLElement} box */
function tick(box) {
  return /** @type {HTMLInputElement} */ (box.querySelector('input'));
}

function show() {
  boxes.forEach(box => { box.hidden = !section(/** @type {string} */ (box.dataset.homeOne)).lines.length; });
  const some = boxes.some(box => !box.hidden);
  room.find('[data-home-some]').hidden = !some;
  room.find('[data-home-empty]').hidden = some;
  return some;
}

/** @param {string} kind  html or txt */
function save(kind) {
  const sections = boxes.filter(box => !box.hidden && tick(box).checked).map(box => section(tick(box).value));
  const page = document.documentElement;
  const title = /** @type {string} */ (room.find('[data-heading]').textContent).replace(/\s+/g, ' ').trim();
  const day = new Date();
  const when = day.toLocaleDateString(page.lang, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' });
  const text = kind === 'html' ? asPage(title, when, sections, { lang: page.lang, dir: page.dir || 'ltr' }) : asText(title, when, sections);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: kind === 'html' ? 'text/html;charset=utf-8' : 'text/plain;charset=utf-8' }));
  const two = (/** @type {number} */ number) => ('0' + number).slice(-2);
  link.download = room.find('[data-home-file]').textContent + '-' + [day.getFullYear(), two(day.getMonth() + 1), two(day.getDate())].join('-') + '.' + kind;
  document.body.appendChild(link);
  link.click();
  document.body.removeChild(link);
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  room.announce(/** @type {string} */ (room.find('[data-home-saved]').textContent));
}

Array.from(body.querySelectorAll('[data-home-save]')).forEach(button => {
  button.addEventListener('click', () => save(/** @type {HTMLElement} */ (button).dataset.homeSave || 'txt'));
});

room.part('home', {
  shown() {
    panel.insertBefore(body, panel.firstChild);
    room.find('[data-home-title]').hidden = true;
    show();
  },
  /** The panels are closed then: it moves to the last page. */
  over() {
    if (!show()) return;
    room.find('[data-home-title]').hidden = false;
    room.find('[data-home]').appendChild(body);
  },
});
