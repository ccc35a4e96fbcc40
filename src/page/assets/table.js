'use strict';
// Sweeps, answers, claims and curves of learning: tables whose columns can be drawn over each other.
function numberIn(text) {
  const found = /^[ ']*([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)\s*$/i.exec(text);
  return found ? Number(found[1]) : NaN;
}

/// Numbers alone: of cells with units, as "256 KiB" and "1 MiB", one could not be drawn beside the other.
function isNumeric(table, i) {
  const cells = table.rows.map((row) => row[i] || '').filter((text) => text !== '' && text !== '-');
  return cells.length > 0 && cells.every((text) => Number.isFinite(numberIn(text)));
}

/// Columns that stand before the first number of a run: what was varied.
function axesOf(table) {
  const first = table.head.findIndex((name) => name === 'validity' || page.glossary[name.split('.')[0]] && !name.startsWith('run.'));
  return table.head.slice(0, first < 0 ? 1 : Math.max(first, 1));
}

function tableSection(source, told) {
  const table = parseCsv(told.csv), validity = table.head.indexOf('validity'), allowed = table.head.indexOf('allowed');
  const numeric = table.head.filter((_, i) => isNumeric(table, i) && i !== validity);
  const names = told.drawn ? numeric : [];
  const parts = [];
  if (names.length > 1) parts.push(chooser(source, told, table, names, validity, allowed));
  const head = make('tr', {}, ...table.head.slice(0, 40).map((name) => make('th', {}, name)));
  const cell = (text) => {
    const number = text !== '' && Number.isFinite(Number(text));
    return make('td', number ? {class: 'number'} : {}, number ? shown(Number(text)) : text);
  };
  const rows = table.rows.slice(0, 2000).map((row) => make('tr', {}, ...row.slice(0, 40).map(cell)));
  parts.push(make('div', {class: 'scroll'}, make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows))));
  return section(source.kind === 'train' ? 'Learning' : source.tables.length > 1 ? told.name.replace('.csv', '') : 'Table', ...parts);
}

function withUnit(name) {
  const unit = unitOf(name);
  return unit && unit !== '1' ? `${name} (${unit})` : name;
}

function chooser(source, told, table, names, validity, allowed) {
  const select = (label, options, chosen, empty) => {
    const box = make('select', {'aria-label': label}, ...(empty ? [make('option', {value: ''}, 'one colour')] : []), ...options.map((name) => make('option', {value: name}, name)));
    box.value = chosen;
    box.addEventListener('change', show);
    return box;
  };
  const answered = table.head.indexOf('answer'), axisNames = axesOf(table), body = make('div'), text = source.answer || '';
  const first = axisNames.filter((name) => names.includes(name)).pop() || names[0];
  const answers = names.filter((name) => !axisNames.includes(name) && text.includes(name)).sort((a, b) => text.indexOf(a) - text.indexOf(b));
  const y = [told.y, ...answers, ...names.filter((name) => !axisNames.includes(name)), names[names.length - 1]].find((name) => names.includes(name));
  const kinds = table.head.filter((_, i) => { const many = new Set(table.rows.map((row) => row[i])).size; return many > 1 && many <= 10; });
  const xBox = select('x axis', names, names.includes(told.x) ? told.x : first), yBox = select('y axis', names, y);
  const cBox = select('colour', kinds, told.colour === undefined ? kinds.find((name) => axisNames.includes(name) && name !== xBox.value) || '' : kinds.includes(told.colour) ? told.colour : '', true);
  function show() {
    const xi = table.head.indexOf(xBox.value), yi = table.head.indexOf(yBox.value), ci = table.head.indexOf(cBox.value);
    const groups = new Map();
    for (const row of table.rows) {
      const bad = (validity >= 0 && (row[validity] === 'invalid' || row[validity] === 'failed')) || (allowed >= 0 && row[allowed] === '0');
      const group = ci < 0 ? '' : row[ci];
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push({x: numberIn(row[xi] || ''), y: numberIn(row[yi] || ''), hollow: bad, big: row[answered] === '1', label: row.slice(0, Math.max(2, axisNames.length)).join(', ') + (bad ? ' (not allowed or invalid)' : '')});
    }
    const series = [...groups].map(([name, points], i) => ({name: name || 'points', colour: kColours[i % kColours.length], points, line: source.kind !== 'solve' && source.kind !== 'squeeze'}));
    if (source.kind !== 'train') for (const s of series) s.points.sort((a, b) => a.x - b.x);
    const xs = series.flatMap((s) => s.points.map((p) => p.x)).filter(Number.isFinite), wide = Math.min(...xs) > 0 && Math.max(...xs) / Math.min(...xs) > 50;
    body.replaceChildren(legend(series.map((s) => s.name), (name) => series.find((s) => s.name === name).colour),
        plot({series, xLabel: withUnit(xBox.value), yLabel: withUnit(yBox.value), xLog: wide, height: 320, width: 760}));
  }
  show();
  return make('div', {}, make('div', {class: 'bar'}, 'x ', xBox, 'y ', yBox, 'colour ', cBox, make('span', {class: 'note'}, 'hollow: invalid or not allowed' + (answered < 0 ? '' : '; large: of the answer'))), body);
}
