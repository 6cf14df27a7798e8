/**
 * The tools of counselling, shared live by everybody in the talk. The counsellor opens and closes them, all write in them.
 * They live in the pages alone (shared.js): whoever comes, or comes back, is told everything by each of the others.
 */
import { room } from './room.js';
import { randomId } from './signalling.js';
import { Allowance } from './allowance.js';
import { Shared } from './shared.js';
import { FIRST, points, RULES, toolOf, TOOLS, weight } from './counselling.js';
import { keep } from './kept.js';

/** @typedef {import('./media.js').Call} Call */
/** @typedef {import('./shared.js').Entry} Entry */
/** @typedef {import('./shared.js').Value} Value */
/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

const SEND_AFTER = 150;
const IN_ONE_MESSAGE = 40;
const ENTRIES_A_SECOND = 100;
/** All that there can be, and its messages. */
const ENTRIES_AT_ONCE = 3000;
/** A page that nobody sees has no frames. */
const SEEN_WITHIN = 200;
const SAY_AFTER = 2000;
/** Somebody who has just typed is not interrupted: what the other side wrote in the same field comes after that. */
const TYPES_FOR = 1500;

const body = room.find('[data-tools]');
const counsels = room.root.dataset.role === 'counsellor';
const shared = new Shared(randomId().slice(0, 12), RULES);
/** @type {{[id: string]: {allowance: Allowance, channel: RTCDataChannel | null, at: string, name: string}}} */
const people = {};
/** What the others do not know yet. @type {Map<string, Entry>} */
const unsaid = new Map();
let sendTimer = 0;
let sayTimer = 0;
let typedAt = 0;
let lateTimer = 0;
let stale = false;
/** Who has changed which tools, by person, and was not said yet. @type {Map<string, {name: string, tools: Set<string>}>} */
const news = new Map();

/** @param {string} name @param {{[word: string]: string | number}} [parts] */
function word(name, parts) {
  let text = /** @type {string} */ (room.find('[data-word="' + name + '"]').textContent);
  Object.keys(parts || {}).forEach(part => { text = text.replace('{' + part + '}', () => String(/** @type {any} */ (parts)[part])); });
  return text;
}

/** @param {string} tool */
function nameOf(tool) {
  return /** @type {string} */ (room.find('[data-tool-name=' + tool + ']').textContent);
}

/** @param {string} selector @param {Element} [within] @returns {HTMLElement[]} */
function all(selector, within) {
  return Array.from((within || body).querySelectorAll(selector));
}

/* ---- What we change ---- */

/** @param {Entry[]} entries */
function tell(entries) {
  entries.forEach(entry => unsaid.set(entry[0], entry));
  if (entries.length && !sendTimer) sendTimer = setTimeout(flush, SEND_AFTER);
}

function flush() {
  sendTimer = 0;
  send(Array.from(unsaid.values()));
  unsaid.clear();
}

/** @param {Entry[]} entries @param {string} [to] */
function send(entries, to) {
  for (let start = 0; start < entries.length; start += IN_ONE_MESSAGE) {
    room.mesh.tell({ part: 'tools', entries: entries.slice(start, start + IN_ONE_MESSAGE) }, to);
  }
}

/** @param {string} list @returns {string} the id of the new row */
function add(list) {
  const id = randomId().slice(0, 10);
  tell(shared.add(list, id));
  return id;
}

/** @param {string} tool @param {boolean} open */
function toggle(tool, open) {
  tell(shared.set('open.' + tool, open));
  if (open) {
    const lists = FIRST[tool];
    if (lists.every(list => !shared.rows(list).length)) lists.forEach(add);
  }
  render();
  room.announce(word(open ? 'opened' : 'closed', { tool: nameOf(tool) }));
}

/* ---- What others change ---- */

/** @param {any} data @param {Call} call */
function heard(data, call) {
  const person = personOf(call);
  if (!call.peer) return;
  person.name = call.peer.name;
  if (typeof data.at === 'string') { person.at = data.at.slice(0, 80); renderSoon(); }
  if (!Array.isArray(data.entries) || data.entries.length > IN_ONE_MESSAGE || !person.allowance.take(data.entries.length + 1, Date.now())) return;
  const role = call.peer.role;
  const allowed = data.entries.filter((/** @type {any} */ entry) => Array.isArray(entry) && typeof entry[0] === 'string' && mayBe(entry, role));
  const changed = shared.merge(allowed, key => isOpening(key) && !counsels);
  if (!changed.length) return;
  note(changed, call.id, person.name);
  room.news('tools', true);
  renderSoon();
}

/**
 * The counsellor alone opens and closes. What was open before a reload the counsellor is told by the others.
 * @param {any[]} entry
 * @param {string} role
 */
function mayBe(entry, role) {
  if (!isOpening(entry[0])) return true;
  // Two counsellors are one, who changes the device.
  if (!counsels || role === 'counsellor') return role === 'counsellor';
  const known = shared.get(entry[0]);
  if (known !== undefined && known !== entry[1]) tell(shared.said(entry[0]));
  return known === undefined;
}

/** @param {string} key */
function isOpening(key) {
  return key.indexOf('open.') === 0;
}

/** @param {string[]} changed @param {string} id  of a person @param {string} name */
function note(changed, id, name) {
  const opened = changed.filter(isOpening);
  opened.forEach(key => {
    const open = shared.get(key) === true;
    room.announce(word(open ? 'opened' : 'closed', { tool: nameOf(toolOf(key)) }));
    if (open && !counsels) room.open('tools', true);
  });
  if (opened.length) return;
  const one = news.get(id) || { name: name, tools: new Set() };
  news.set(id, one);
  changed.forEach(key => one.tools.add(toolOf(key)));
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => {
    room.announce(Array.from(news.values()).map(each => {
      const tools = TOOLS.filter(tool => each.tools.has(tool)).map(nameOf).join(', ');
      return word('changed', { name: each.name, tool: tools });
    }).join('. '));
    news.clear();
  }, SAY_AFTER);
}

/** @param {Call} call */
function personOf(call) {
  if (!people[call.id]) people[call.id] = { allowance: new Allowance(ENTRIES_A_SECOND, ENTRIES_AT_ONCE), channel: null, at: '', name: '' };
  return people[call.id];
}

/* ---- What can be seen ---- */

/** However much others say, it is shown once in a frame. */
function renderSoon() {
  if (stale) return;
  stale = true;
  const now = () => { if (stale) render(); };
  requestAnimationFrame(now);
  setTimeout(now, SEEN_WITHIN);
}

/** @param {string | undefined} tool */
function isOpen(tool) {
  return shared.get('open.' + tool) === true;
}

function render() {
  stale = false;
  TOOLS.forEach(tool => {
    const open = isOpen(tool);
    /** @type {HTMLElement} */ (body.querySelector('[data-tool=' + tool + ']')).hidden = !open;
    all('[data-tool-toggle=' + tool + ']').forEach(button => button.setAttribute('aria-pressed', String(open)));
  });
  all('[data-tools-none]').forEach(none => { none.hidden = TOOLS.some(isOpen); });
  renderRows();
  all('[data-tool]:not([hidden]) [data-key]').forEach(field => fill(/** @type {Field} */ (field)));
  showOthers();
}

function renderRows() {
  all('[data-list]').forEach(list => {
    const name = /** @type {string} */ (list.dataset.list);
    const tool = /** @type {HTMLElement} */ (list.closest('[data-tool]')).dataset.tool;
    reconcile(list, name, isOpen(tool) ? shared.rows(name) : [], (row, id) => {
      row.dataset.row = name + '.' + id;
      all('[data-field]', row).forEach(element => {
        const field = /** @type {HTMLInputElement} */ (element);
        field.dataset.key = name + '.' + id + '.' + field.dataset.field;
        if (field.type === 'radio') field.name = field.dataset.key;
      });
    });
  });
  all('[data-row]').forEach(row => {
    const first = /** @type {HTMLElement} */ (row.querySelector('[data-field]'));
    const text = shared.get(first.dataset.key || '');
    all('[data-row-name]', row).forEach(element => { element.textContent = text ? ': ' + text : ''; });
  });
  all('[data-full]').forEach(note => { note.hidden = !shared.full(note.dataset.full || ''); });
  if (isOpen('matrix')) renderMatrix();
}

function renderMatrix() {
  const criteria = shared.rows('criterion');
  const names = criteria.map(id => {
    const name = /** @type {string} */ (shared.get('criterion.' + id + '.name')) || word('unnamed');
    return word('weighted', { name: name, weight: weight(shared, id) });
  });
  all('[data-list=option] [data-row]').forEach(row => {
    const option = /** @type {string} */ (row.dataset.row).split('.')[1];
    reconcile(/** @type {HTMLElement} */ (row.querySelector('[data-cells]')), 'cell', criteria, (cell, id) => {
      /** @type {HTMLElement} */ (cell.querySelector('select')).dataset.key = 'cell.' + option + '.' + id;
    });
    all('[data-cells] > li', row).forEach((cell, index) => {
      /** @type {HTMLElement} */ (cell.querySelector('[data-cell-name]')).textContent = names[index];
    });
    /** @type {HTMLElement} */ (row.querySelector('[data-sum]')).textContent = criteria.length ? word('points', points(shared, option)) : '';
  });
}

/**
 * One element for each id, in this order; what has the focus stays where it is, and what is in it.
 * @param {HTMLElement} list
 * @param {string} template
 * @param {string[]} ids
 * @param {(row: HTMLElement, id: string) => void} prepare  a new one
 */
function reconcile(list, template, ids, prepare) {
  /** @type {{[id: string]: HTMLElement}} */
  const known = Object.create(null);
  Array.from(list.children).forEach(child => {
    const row = /** @type {HTMLElement} */ (child);
    if (ids.indexOf(row.dataset.id || '') >= 0) { known[row.dataset.id || ''] = row; return; }
    const focused = row.contains(document.activeElement);
    list.removeChild(row);
    if (focused) focusOn(list.closest('[data-tool]'));
  });
  ids.forEach((id, index) => {
    const row = known[id] || room.copy('[data-row-of=' + template + ']');
    if (!known[id]) { row.dataset.id = id; prepare(row, id); }
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] || null);
  });
}

/** @param {Element | null} section  to its heading */
function focusOn(section) {
  const heading = section && section.querySelector('h3');
  if (heading) heading.focus();
}

/** @param {Field} field */
function fill(field) {
  const wait = typedAt + TYPES_FOR - Date.now();
  if (field === document.activeElement && wait > 0) {
    clearTimeout(lateTimer);
    lateTimer = setTimeout(render, wait);
    return;
  }
  const value = shared.get(field.dataset.key || '');
  if (field.type === 'radio') /** @type {HTMLInputElement} */ (field).checked = String(value) === field.value;
  else if (field.type === 'checkbox') /** @type {HTMLInputElement} */ (field).checked = value === true;
  else {
    const text = value === undefined || value === null ? first(field) : String(value);
    if (field.value === text) return;
    const end = 'selectionEnd' in field && field === document.activeElement && field.type !== 'date' ? field.selectionEnd : null;
    field.value = text;
    if (end !== null) /** @type {HTMLTextAreaElement} */ (field).setSelectionRange(end, end);
  }
}

/** @param {Field} field @returns {string} what it says when nobody has said anything */
function first(field) {
  return field.tagName === 'SELECT' ? /** @type {HTMLSelectElement} */ (field).options[0].value : '';
}

/** @param {Field} field @returns {Value} */
function read(field) {
  if (field.type === 'checkbox') return /** @type {HTMLInputElement} */ (field).checked;
  return field.type === 'radio' || field.tagName === 'SELECT' ? Number(field.value) : field.value;
}

/** Beside a field: who else is writing in it. */
function showOthers() {
  all('[data-other]').forEach(mark => {
    const field = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (mark.parentElement).querySelector('[data-key]'));
    const names = Object.keys(people).map(id => people[id]).filter(person => field && person.at && person.at === field.dataset.key).map(person => person.name);
    const text = names.length ? word('here', { name: names.join(', ') }) : '';
    if (mark.textContent !== text) mark.textContent = text;
  });
}

/* ---- What we do ---- */

/** @param {Event} event */
function changed(event) {
  const field = /** @type {Field} */ (event.target);
  if (!field.dataset.key) return;
  typedAt = Date.now();
  tell(shared.set(field.dataset.key, read(field)));
  renderRows();
}

body.addEventListener('input', changed);
body.addEventListener('change', changed);

body.addEventListener('click', event => {
  const button = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('button'));
  if (!button) return;
  if (button.dataset.toolToggle) toggle(button.dataset.toolToggle, button.getAttribute('aria-pressed') !== 'true');
  if (button.dataset.add && shared.full(button.dataset.add)) {
    room.announce(room.find('[data-full=' + button.dataset.add + ']').textContent || '');
  } else if (button.dataset.add) {
    const id = add(button.dataset.add);
    render();
    /** @type {HTMLElement} */ (body.querySelector('[data-row="' + button.dataset.add + '.' + id + '"] [data-field]')).focus();
  }
  if ('remove' in button.dataset) {
    const row = /** @type {HTMLElement} */ (button.closest('[data-row]'));
    const section = button.closest('[data-tool]');
    const words = /** @type {string} */ (row.dataset.row).split('.');
    tell(shared.remove(words[0], words[1]));
    render();
    focusOn(section);
    room.announce(word('removed'));
  }
});

/** Where we write, for the others. */
let at = '';
function tellWhere() {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const now = (focused && body.contains(focused) && focused.dataset.key) || '';
  if (now === at) return;
  at = now;
  room.mesh.tell({ part: 'tools', at: at });
}

body.addEventListener('focusin', tellWhere);
body.addEventListener('focusout', () => setTimeout(tellWhere));

room.part('tools', {
  shown() { render(); },
  heard: heard,
  changed(call) {
    const person = personOf(call);
    if (!call.peer) { delete people[call.id]; showOthers(); return; }
    if (!call.channel || call.channel.readyState !== 'open' || call.channel === person.channel) return;
    person.channel = call.channel;
    person.at = '';
    send(shared.all(), call.id);
    renderSoon();
  },
  over() { clearTimeout(sayTimer); },
});

/* ---- To take home ---- */

/** @param {(string | number | null | undefined | false)[]} pieces */
function join(pieces) {
  return pieces.filter(piece => piece || piece === 0).join(' – ');
}

/** @param {string} list @param {string} id @param {string} field */
function value(list, id, field) {
  return /** @type {any} */ (shared.get(list + '.' + id + '.' + field));
}

/** @returns {string[]} */
function toolLines() {
  const scales = shared.rows('scale').map(id => {
    const number = value('scale', id, 'value');
    return join([value('scale', id, 'question'), number !== undefined && word('of-ten', { value: number }), value('scale', id, 'reason')]);
  }).filter(Boolean).map(line => nameOf('scale') + ': ' + line);
  const topic = shared.get('topic.proscons');
  const sides = ['pro', 'con'].map(list => shared.rows(list).map(id => value(list, id, 'text')).filter(Boolean).map(text => word(list, { text: text })));
  const reasons = sides[0].concat(sides[1]);
  const options = shared.rows('option').filter(id => value('option', id, 'name')).map(id => join([value('option', id, 'name'), word('points', points(shared, id))]
    .concat(shared.rows('criterion').map(each => word('weighted', { name: value('criterion', each, 'name') || word('unnamed'), weight: weight(shared, each) })
      + ': ' + (shared.get('cell.' + id + '.' + each) || 0)))));
  const question = shared.get('topic.matrix');
  return scales
    .concat(topic || reasons.length ? nameOf('proscons') + (topic ? ': ' + topic : '') : [], reasons)
    .concat(question || options.length ? nameOf('matrix') + (question ? ': ' + question : '') : [], options);
}

/** @returns {string[]} */
function stepLines() {
  return shared.rows('step').filter(id => value('step', id, 'what')).map(id => {
    const day = value('step', id, 'when');
    const date = day && new Date(day + 'T12:00:00').toLocaleDateString(document.documentElement.lang);
    return join([value('step', id, 'what'), value('step', id, 'who'), date && word('until', { day: date }), value('step', id, 'done') && word('done')]);
  });
}

keep('tools', () => ({ heading: word('tools'), lines: toolLines() }));
keep('steps', () => ({ heading: nameOf('steps'), lines: stepLines() }));
render();
