'use strict';
// The package from above, body by body on one scale of temperature; a slider moves through the run.
const kPanel = 190, kPanelGap = 18, kPanelHead = 34;  // pixels

/// Offsets of each body's fields within a frame.
function fieldsOf(heat) {
  let at = 0;
  return heat.bodies.map((body) => {
    const first = at;
    at += body.columns * body.rows;
    return {...body, first, count: body.columns * body.rows};
  });
}

/// A colour between two of the ramp.
function rampColour(colours, share) {
  const at = Math.min(Math.max(share, 0), 1) * (colours.length - 1), low = Math.min(Math.floor(at), colours.length - 2), part = at - low;
  const channel = (colour, i) => parseInt(colour.slice(1 + 2 * i, 3 + 2 * i), 16);
  return '#' + [0, 1, 2].map((i) => Math.round(channel(colours[low], i) + part * (channel(colours[low + 1], i) - channel(colours[low], i))).toString(16).padStart(2, '0')).join('');
}

/// Coldest and hottest field of the whole run: the scale does not move with the slider. Runs side by side share it.
function heatRange() {
  let low = Infinity, high = -Infinity;
  for (const run of page.sources) {
    if (!run.heat) continue;
    for (const frame of run.heat.frames) for (const step of frame.steps) {
      low = Math.min(low, step * run.heat.step_c);
      high = Math.max(high, step * run.heat.step_c);
    }
  }
  return {low, high: Math.max(high, low + 0.1)};
}

function heatScale(heat, range, x, y, width) {
  const scale = draw('g');
  for (let i = 0; i < 40; ++i) scale.append(draw('rect', {x: x + width * i / 40, y, width: width / 40 + 0.5, height: 12, fill: rampColour(heat.colours, (i + 0.5) / 40)}));
  for (const share of [0, 0.5, 1]) scale.append(draw('text', {x: x + width * share, y: y + 26, 'text-anchor': ['start', 'middle', 'end'][share * 2]}, shown(range.low + share * (range.high - range.low), 'degC')));
  return scale;
}

/// One body: its fields, and a line of text that follows the moment.
function heatPanel(heat, body, range, left, top) {
  const scale = Math.min(kPanel / body.width_mm, kPanel / body.height_mm), width = body.width_mm * scale, height = body.height_mm * scale;
  const group = draw('g', {'data-body': body.name, 'shape-rendering': 'crispEdges'}), told = draw('text', {x: left, y: top + 28, class: 'told'});
  group.append(draw('text', {x: left, y: top + 14, 'font-weight': 'bold'}, `${body.name}, ${shown(body.width_mm)} x ${shown(body.height_mm)} mm`), told);
  const fields = [];
  for (let j = 0; j < body.rows; ++j)
    for (let i = 0; i < body.columns; ++i) {
      const field = draw('rect', {x: (left + width * i / body.columns).toFixed(1), y: (top + kPanelHead + height * (body.rows - 1 - j) / body.rows).toFixed(1),
        width: (width / body.columns + 0.4).toFixed(1), height: (height / body.rows + 0.4).toFixed(1)});
      fields.push(field);
      group.append(field);
    }
  const show = (frame) => {
    const values = frame.steps.slice(body.first, body.first + body.count).map((step) => step * heat.step_c);
    values.forEach((value, i) => fields[i].setAttribute('fill', rampColour(heat.colours, (value - range.low) / (range.high - range.low))));
    const low = shown(Math.min(...values)), high = shown(Math.max(...values), 'degC');
    told.textContent = `${low} to ${high}`;
  };
  return {group, show, height: kPanelHead + height};
}

function packageSection(run, state) {
  const heat = run.heat;
  if (heat.frames.length === 0 || heat.bodies.length === 0) return null;
  const range = heatRange(), bodies = fieldsOf(heat).sort((a, b) => b.level - a.level || b.width_mm - a.width_mm), perRow = 6;
  const width = Math.min(perRow, bodies.length) * (kPanel + kPanelGap);
  const svg = draw('svg', {'data-picture': 'package', role: 'img', 'aria-label': 'temperatures of the package, body by body from the top down'});
  const panels = [];
  let top = 0;
  for (let row = 0; row < bodies.length; row += perRow) {
    const line = bodies.slice(row, row + perRow).map((body, i) => heatPanel(heat, body, range, i * (kPanel + kPanelGap), top));
    for (const panel of line) svg.append(panel.group);
    panels.push(...line);
    top += Math.max(...line.map((panel) => panel.height)) + 16;
  }
  svg.append(heatScale(heat, range, 0, top, Math.min(400, width)));
  svg.setAttribute('viewBox', `0 0 ${width} ${top + 32}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', top + 32);
  const last = heat.frames.length - 1, moment = make('output', {class: 'note', 'data-moment': ''});
  const slider = make('input', {type: 'range', min: 0, max: last, step: 1, 'aria-label': 'moment of the run', class: 'moment'});
  const show = () => {
    state.moment = Number(slider.value);
    const frame = heat.frames[state.moment];
    for (const panel of panels) panel.show(frame);
    moment.textContent = last === 0 ? 'as in use' : `at ${shown(frame.time_s, 's')} of ${shown(heat.frames[last].time_s, 's')}`;
    slider.setAttribute('aria-valuetext', moment.textContent);
  };
  slider.value = state.moment ?? last;
  slider.addEventListener('input', show);
  show();
  const bar = last === 0 ? make('div', {class: 'bar'}, moment) : make('div', {class: 'bar'}, 'moment', slider, moment);
  return section('Temperature of the package, from the top down', bar, make('div', {class: 'scroll heat'}, svg));
}
