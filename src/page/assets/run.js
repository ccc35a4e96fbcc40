'use strict';
// The answer of a run, its curves over time, its map, its settings and its numbers.
const kNear = 25;  // kelvins: a limit further away is told, not drawn
const kCards = [['step_time_s', 'a step'], ['samples_per_s', 'samples'], ['energy_j', 'energy of a step'], ['energy_per_sample_j', 'energy of a sample'],
  ['board_power_w', 'power of the device'], ['peak_temperature_max_c', 'hottest block'], ['hottest_part_c', 'hottest part with a limit'], ['skin_temperature_c', 'skin'], ['battery_hours', 'battery'],
  ['throttled_share', 'throttled'], ['achieved_tops', 'done'], ['accuracy', 'accuracy'], ['training_time_s', 'training'], ['training_energy_j', 'energy of the training'], ['hottest_c', 'hottest']];
const kUnits = [['_j', 'J'], ['_s', 's'], ['_c', 'degC'], ['_w', 'W'], ['_hz', 'Hz'], ['_bytes', 'B']];

function unitOf(key) {
  const entry = page.glossary[key] || page.glossary[key.split('.')[0]];
  const ending = kUnits.find(([end]) => key.endsWith(end));
  return entry ? entry[0] : ending ? ending[1] : '';
}

function bandOf(run, key) {
  const at = (path) => path.split('.').reduce((node, word) => node && node[word], run.summary.band);
  const low = at(key + '.low'), high = at(key + '.high');
  const pair = at(key);
  if (Array.isArray(pair)) return pair;
  return low === undefined || high === undefined ? null : [low, high];
}

function bandText(run, key, unit) {
  const band = bandOf(run, key);
  return band ? `${shown(band[0], unit)} to ${shown(band[1], unit)}` : '';
}

/// `name`: of which part, where there are several.
function validityBox(validity, name = '') {
  const text = {ok: 'Valid', warn: 'Valid with warnings', invalid: 'INVALID: not a result of the chip at work'}[validity.state] || validity.state;
  const findings = validity.findings || [], box = make('div', {class: `validity ${validity.state}`, role: 'status'}, make('b', {}, name ? `${name}: ${text}` : text));
  if (findings.length > 0) box.append(make('ul', {}, ...findings.map((f) => make('li', {}, `${f.severity}: ${f.where ? f.where + ': ' : ''}${f.text}`))));
  return box;
}

function answerSection(run) {
  const numbers = run.numbers = run.numbers || flatten(run.summary);
  const box = validityBox(run.summary.validity || {state: 'ok', findings: []});
  const cards = make('div', {class: 'cards'});
  for (const [key, name] of kCards) {
    if (numbers[key] === undefined) continue;
    const unit = unitOf(key), band = bandText(run, key, unit);
    cards.append(make('div', {class: 'card', title: band ? `between ${band}` : ''}, make('b', {}, shown(numbers[key], unit)), make('span', {}, name), ...(band ? [make('br'), make('span', {}, band)] : [])));
  }
  return make('section', {}, make('h1', {}, run.name), cards, box);
}

function seriesSection(run) {
  const table = parseCsv(run.series), time = column(table, 'time_s');
  if (!time || time.length < 2) return null;
  const panels = [['degC', ['hottest_c', 'memory_c', 'skin_c']], ['W', ['power_w', 'memory_power_w', 'cooling_w']], ['MHz', ['frequency_hz']]];
  const body = panels.map(([unit, columns]) => {
    const series = columns.map((name, i) => ({name: name.replace(/_(c|w|hz)$/, '').replace('_', ' '), colour: kColours[i], line: true, marks: false,
      dash: ['none', '6 3', '2 3'][i], points: (column(table, name) || []).map((y, j) => ({x: time[j], y: unit === 'MHz' ? y * 1e-6 : y}))}))
      .filter((s) => s.points.some((p) => Number.isFinite(p.y)) && s.points.some((p) => p.y !== 0));
    if (series.length === 0) return null;
    const most = Math.max(...series.flatMap((s) => s.points.map((p) => p.y)).filter(Number.isFinite));
    const known = unit !== 'degC' ? [] : run.limits.filter((limit) => limit.name !== 'skin limit' || series.some((s) => s.name === 'skin'));
    const limits = known.filter((limit) => limit.value < most + kNear), far = known.filter((limit) => limit.value >= most + kNear);
    const beyond = far.length === 0 ? [] : [make('div', {class: 'note'}, 'limits further up: ' + far.map((limit) => `${limit.name} ${shown(limit.value, 'degC')}`).join(', '))];
    return make('div', {}, legend(series.map((s) => s.name), (name) => series.find((s) => s.name === name).colour), ...beyond,
        plot({series, limits, xLabel: 'device time (s)', yLabel: unit, height: 200, yFromZero: unit !== 'degC'}));
  }).filter(Boolean);
  return section('Over device time', ...body);
}

function mapSection(run) {
  if (!run.map) return null;
  return section('Temperature of the die', make('img', {class: 'map', alt: 'temperature map of the die at its hottest moment', src: 'data:image/svg+xml,' + encodeURIComponent(run.map)}),
      make('p', {class: 'note'}, 'Blocks and parts of the package: peak_temperature_c, below.'));
}

function partsSection(run) {
  const temperatures = Object.entries(run.numbers).filter(([key]) => key.startsWith('peak_temperature_c.')).map(([key, value]) => [key.slice(19), value]);
  if (run.numbers.skin_temperature_c !== undefined) temperatures.push(['skin', run.numbers.skin_temperature_c]);
  if (temperatures.length === 0) return null;
  temperatures.sort((a, b) => b[1] - a[1]);
  const low = Math.min(...temperatures.map((t) => t[1])) - 2, groups = temperatures.slice(0, 16), most = groups[0][1];
  const svg = draw('svg', {viewBox: `0 0 640 ${groups.length * 16 + 4}`, width: 640, height: groups.length * 16 + 4});
  groups.forEach(([name, value], i) => {
    svg.append(draw('text', {x: 184, y: i * 16 + 12, 'text-anchor': 'end'}, name));
    svg.append(draw('rect', {x: 190, y: i * 16 + 2, width: Math.max(1, (value - low) / (most - low) * 360), height: 12, fill: kColours[name === 'skin' ? 2 : 1]}));
    svg.append(draw('text', {x: 196 + (value - low) / (most - low) * 360, y: i * 16 + 12}, shown(value, 'degC')));
  });
  return section('Hottest parts of die, memory, board and skin', svg);
}

function settingsSection(run) {
  if (!run.settings || run.settings.length === 0) return null;
  const rows = run.settings.map((s) => make('tr', {}, ...s.map((cell) => make('td', {}, cell))));
  return section('Settings that differ from the experiment’s file', make('table', {}, make('tr', {}, ...['key', 'file', 'here'].map((h) => make('th', {}, h))), ...rows));
}

function metricsTable(runs) {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.numbers).filter((key) => !key.startsWith('band.') && !key.startsWith('validity.') && !key.startsWith('mapping.'))))];
  const body = make('tbody'), search = make('input', {type: 'search', placeholder: 'filter: energy, temperature, …', 'aria-label': 'filter the numbers'});
  const fill = () => body.replaceChildren(...keys.filter((key) => {
    const entry = page.glossary[key] || page.glossary[key.split('.')[0]] || ['', ''];
    return (key + ' ' + entry[1]).toLowerCase().includes(search.value.toLowerCase());
  }).map((key) => {
    const entry = page.glossary[key] || page.glossary[key.split('.')[0]] || ['', ''];
    const cells = runs.flatMap((run) => [make('td', {class: 'number'}, shown(run.numbers[key], unitOf(key))), make('td', {class: 'number note'}, bandText(run, key, unitOf(key)))]);
    return make('tr', {}, make('td', {}, key), ...cells, make('td', {class: 'note'}, entry[1]));
  }));
  search.addEventListener('input', fill);
  fill();
  const head = make('tr', {}, make('th', {}, 'number'), ...runs.flatMap((run) => [make('th', {}, runs.length > 1 ? run.name : 'value'), make('th', {}, 'band')]), make('th', {}, 'meaning'));
  return section('All numbers', search, make('div', {class: 'scroll'}, make('table', {}, make('thead', {}, head), body)));
}
