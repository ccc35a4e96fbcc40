'use strict';
// Energy and time by layer and component, and the roofline: a click on a layer shows that layer everywhere.
const kMostParts = 8;  // that are told apart by colour
const kPhases = ['forward', 'dgrad', 'wgrad', 'compress', 'reduce', 'update'];

const componentsOf = (table) => table.head.slice(table.head.indexOf('energy_j') + 1).map((name) => name.replace(/_j$/, ''));

/// Components by what they take in all runs that stand side by side: one has the same colour in each of them.
function componentOrder() {
  const sums = new Map();
  for (const run of page.sources.filter((source) => source.layers)) {
    const table = parseCsv(run.layers), first = table.head.indexOf('energy_j') + 1;
    componentsOf(table).forEach((name, i) => sums.set(name, (sums.get(name) || 0) + table.rows.reduce((sum, row) => sum + Number(row[first + i]), 0)));
  }
  return [...sums.keys()].filter((name) => sums.get(name) > 0).sort((a, b) => sums.get(b) - sums.get(a));
}

function layerData(run) {
  const table = parseCsv(run.layers);
  const total = table.head.indexOf('energy_j');
  const components = componentsOf(table);
  const at = (name) => table.head.indexOf(name);
  const rows = table.rows.map((cells) => ({
    layer: cells[at('layer')], kind: cells[at('kind')], phase: cells[at('phase')],
    time: Number(cells[at('time_s')]), macs: Number(cells[at('macs')]), energy: Number(cells[total]),
    bytes: Number(cells[at('dram_read_bytes')]) + Number(cells[at('dram_write_bytes')]),
    stalls: ['compute_s', 'dram_stall_s', 'noc_stall_s', 'dependency_stall_s', 'launch_stall_s'].map((name) => Number(cells[at(name)])),
    joules: components.map((_, i) => Number(cells[total + 1 + i]))}));
  const order = page.components = page.components || componentOrder();
  const kept = order.length > kMostParts ? order.slice(0, kMostParts - 1) : order, others = order.slice(kept.length);
  const joulesOf = (row, name) => row.joules[components.indexOf(name)] || 0;
  for (const row of rows) row.parts = kept.map((name) => joulesOf(row, name)).concat(others.length > 0 ? [others.reduce((sum, name) => sum + joulesOf(row, name), 0)] : []);
  const parts = kept.concat(others.length > 0 ? ['other'] : []);
  return {rows, parts: parts.map((name, i) => ({name, colour: kColours[i]})), others, names: [...new Set(rows.map((row) => row.layer))]};
}

function sumOf(rows, width, pick) {
  const sums = Array(width).fill(0);
  for (const row of rows) pick(row).forEach((value, i) => { sums[i] += value; });
  return sums;
}

/// The longest bar of a layer in any of the runs that stand side by side: they share their scale.
function longestOf(what) {
  const longest = (run) => {
    const sums = new Map();
    for (const row of run.layerData.rows) sums.set(row.layer, (sums.get(row.layer) || 0) + row[what]);
    return Math.max(...sums.values());
  };
  return Math.max(...page.sources.filter((run) => run.layers).map((run) => {
    run.layerData = run.layerData || layerData(run);
    return longest(run);
  }));
}

/// Horizontal stacked bars: groups [{name, values}], parts [{name, colour}]; `most`: the length of a whole one.
function stackedBars(groups, parts, unit, state, onPick, most = 0) {
  const height = 16, left = 190, width = 640;
  most = Math.max(most, ...groups.map((g) => g.values.reduce((a, b) => a + b, 0)), 1e-300);
  const svg = draw('svg', {viewBox: `0 0 ${width} ${groups.length * height + 4}`, width, height: groups.length * height + 4});
  groups.forEach((group, row) => {
    const sum = group.values.reduce((a, b) => a + b, 0);
    const dim = state.layer && state.layer !== group.name ? 'dim' : '';
    const line = draw('g', acts({class: dim, 'data-layer': group.name, 'aria-label': `${group.name}: ${shown(sum, unit)}`}, () => onPick(group.name)));
    line.append(draw('title', {}, `${group.name}: ${shown(sum, unit)}\n` + parts.map((p, i) => `${p.name} ${shown(group.values[i], unit)}`).join('\n')));
    line.append(draw('rect', {x: 0, y: row * height, width, height, fill: 'transparent'}));
    line.append(draw('text', {x: left - 6, y: row * height + 12, 'text-anchor': 'end'}, group.name.length > 28 ? group.name.slice(0, 27) + '…' : group.name));
    let x = left;
    group.values.forEach((value, i) => {
      const w = value / most * (width - left - 70);
      if (w > 0.05) line.append(draw('rect', {x, y: row * height + 2, width: w, height: height - 4, fill: parts[i].colour}));
      x += Math.max(w, 0);
    });
    line.append(draw('text', {x: x + 4, y: row * height + 12}, shown(sum, unit)));
    svg.append(line);
  });
  return svg;
}

function energySection(run, state, refresh) {
  const data = run.layerData = run.layerData || layerData(run);
  const parts = data.parts;
  const stallParts = ['compute', 'DRAM', 'network', 'dependency', 'launch'].map((name, i) => ({name, colour: kColours[i]}));
  state.what = state.what || 'energy';
  state.hidden = state.hidden || new Set();
  const body = make('div');
  const show = () => {
    const byTime = state.what === 'time';
    const shownParts = byTime ? stallParts : parts.filter((p) => !state.hidden.has(p.name));
    const pick = (row) => byTime ? row.stalls : shownParts.map((p) => row.parts[parts.indexOf(p)]);
    const inside = state.layer !== null;
    const keyOf = (row) => inside ? row.phase : row.layer;
    const rows = inside ? data.rows.filter((row) => row.layer === state.layer) : data.rows;
    const names = [...new Set(rows.map(keyOf))];
    let groups = names.map((name) => ({name, values: sumOf(rows.filter((row) => keyOf(row) === name), shownParts.length, pick)}));
    const size = (g) => g.values.reduce((a, b) => a + b, 0);
    if (state.sort && !inside) groups.sort((a, b) => size(b) - size(a));
    const many = groups.length > 40 && !state.all;
    if (many) groups = groups.sort((a, b) => size(b) - size(a)).slice(0, 40);
    const sortBox = make('button', {type: 'button', 'aria-pressed': Boolean(state.sort), onclick: () => { state.sort = !state.sort; show(); }}, state.sort ? 'largest first' : 'in order');
    const whatBox = make('button', {type: 'button', onclick: () => { state.what = byTime ? 'energy' : 'time'; show(); }}, byTime ? 'show energy' : 'show time');
    const allBox = make('button', {type: 'button', onclick: () => { state.all = !state.all; show(); }}, many ? `40 largest of ${names.length}: show all` : 'largest only');
    const back = make('button', {type: 'button', class: 'back', onclick: () => refresh(null)}, '← all layers');
    const bar = make('div', {class: 'bar'}, whatBox, ...(inside ? [back] : [sortBox, ...(names.length > 40 ? [allBox] : [])]));
    const title = make('h3', {class: 'filter'}, inside ? `${state.layer}, by phase` : 'by layer (click one for its phases)');
    const key = legend((byTime ? stallParts : parts).map((p) => p.name), (name) => (byTime ? stallParts : parts).find((p) => p.name === name).colour,
        byTime ? null : (name, on) => { on ? state.hidden.delete(name) : state.hidden.add(name); show(); });
    if (!byTime) for (const button of key.querySelectorAll('button')) button.setAttribute('aria-pressed', !state.hidden.has(button.textContent));
    const rest = !byTime && data.others.length > 0 ? [make('div', {class: 'note'}, `other: ${data.others.join(', ')}`)] : [];
    body.replaceChildren(bar, title, key, ...rest, stackedBars(groups, shownParts, byTime ? 's' : 'J', inside ? {layer: null} : state, inside ? () => refresh(null) : refresh, inside || state.hidden.size > 0 && !byTime ? 0 : longestOf(byTime ? 'time' : 'energy')));
  };
  show();
  return section('Where the step’s energy and time go', body);
}

/// Products of a run by layer and phase under its roof; null where there are none.
function rooflineOf(run) {
  const data = run.layerData = run.layerData || layerData(run);
  const peak = 1e12 * run.summary.peak_tops, bandwidth = run.summary.dram_peak_bytes_per_s;
  const products = data.names.flatMap((layer) => kPhases.slice(0, 3).map((phase) => {
    const rows = data.rows.filter((row) => row.layer === layer && row.phase === phase);
    const sum = (pick) => rows.reduce((total, row) => total + pick(row), 0);
    return {layer, phase, ops: 2 * sum((row) => row.macs), time: sum((row) => row.time), bytes: sum((row) => row.bytes)};
  })).filter((g) => g.ops > 0 && g.time > 0 && g.bytes > 0).map((g) => ({...g, x: g.ops / g.bytes, y: g.ops / g.time * 1e-12}));
  return products.length > 0 && peak > 0 && bandwidth > 0 ? {products, peak, bandwidth} : null;
}

/// Of the runs that stand side by side: they share their axes.
function rooflines() {
  page.rooflines = page.rooflines || new Map(page.sources.filter((run) => run.layers).map((run) => [run, rooflineOf(run)]).filter(([, roofline]) => roofline));
  return page.rooflines;
}

function rooflineSection(run, state, refresh) {
  const own = rooflines().get(run), all = [...rooflines().values()];
  if (!own) return null;
  const xs = all.flatMap((r) => r.products.map((p) => p.x)), ridges = all.map((r) => r.peak / r.bandwidth);
  const low = Math.min(...xs) / 2, high = Math.max(...xs, ...ridges) * 2;
  const roofOf = ({peak, bandwidth}) => [low, peak / bandwidth, high].map((x) => ({x, y: Math.min(peak, bandwidth * x) * 1e-12}));
  const roof = {name: 'roof', colour: '#888888', line: true, marks: false, points: roofOf(own)};
  const series = kPhases.slice(0, 3).map((phase, i) => ({name: phase, colour: kColours[i], points: own.products.filter((p) => p.phase === phase).map((p) => ({
    ...p, dim: state.layer !== null && state.layer !== p.layer, big: state.layer === p.layer, label: `${p.layer}, ${p.phase}: ${shown(p.y)} Tops/s, ${shown(p.x)} op/B`}))}));
  return section('Roofline by layer', legend(series.map((s) => s.name), (name) => series.find((s) => s.name === name).colour),
      plot({series: [roof, ...series], cover: all.flatMap((r) => [...roofOf(r), ...r.products]), xLabel: 'operations per DRAM byte', yLabel: '10^12 op/s', xLog: true, yLog: true,
        height: 300, onPick: (p) => refresh(p.layer)}));
}
