'use strict';
// Elements, numbers and tables. Every name is set as text, never as markup.
const kColours = ['#0072B2', '#D55E00', '#009E73', '#E69F00', '#CC79A7', '#56B4E9', '#8A8A00', '#888888', '#7A4FBF', '#A0522D'];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/// Click, Enter or the space bar.
function acts(attributes, action) {
  return {...attributes, tabindex: 0, role: 'button', onclick: action, onkeydown: (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    action();
  }};
}

/// Cells of a CSV text, quotes as in RFC 4180.
function parseCsv(text) {
  const rows = [];
  let row = [], cell = '', quoted = false;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (quoted) {
      if (c === '"' && text[i + 1] === '"') { cell += '"'; ++i; }
      else if (c === '"') quoted = false;
      else cell += c;
    } else if (c === '"') quoted = true;
    else if (c === ',') { row.push(cell); cell = ''; }
    else if (c === '\n') { row.push(cell); rows.push(row); row = []; cell = ''; }
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || row.length > 0) { row.push(cell); rows.push(row); }
  return {head: rows[0] || [], rows: rows.slice(1)};
}

function column(table, name) {
  const at = table.head.indexOf(name);
  return at < 0 ? null : table.rows.map((row) => Number(row[at]));
}

const kPrefixes = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'u'], [1e-9, 'n'], [1e-12, 'p']];
const kScaled = ['s', 'J', 'W', 'B', 'B/s', 'Hz', 'J/bit'];

/// "6.53 ms"; units that people do not scale stay as they are.
function shown(value, unit = '', digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  unit = {'10^12 op/s': 'Top/s', '10^12 op/J': 'Top/J', '1/s': '/s', '1/J': '/J', '1': ''}[unit] ?? unit;
  if (!kScaled.includes(unit) || value === 0) {
    const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3) ? value.toExponential(2) : String(Number(value.toPrecision(digits + 1)));
    return unit ? `${text} ${unit}` : text;
  }
  const [factor, prefix] = kPrefixes.find(([f]) => Math.abs(value) >= f) || kPrefixes[kPrefixes.length - 1];
  return `${Number((value / factor).toPrecision(digits))} ${prefix}${unit}`;
}

/// Keys joined by dots and their numbers.
function flatten(object, prefix = '', into = {}) {
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === 'number') into[prefix + key] = value;
    else if (value && typeof value === 'object' && !Array.isArray(value)) flatten(value, `${prefix}${key}.`, into);
  }
  return into;
}

function legend(names, colourOf, onToggle) {
  const box = make('div', {class: 'legend'});
  for (const name of names) {
    const mark = make('i', {style: `background:${colourOf(name)}`});
    const button = make('button', {type: 'button', 'aria-pressed': 'true'}, mark, name);
    if (onToggle) button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', on);
      onToggle(name, on);
    });
    box.append(button);
  }
  return box;
}

function section(title, ...children) {
  return make('section', {}, make('h2', {}, title), ...children);
}

function wide(element) {
  if (element) element.classList.add('wide');
  return element;
}
