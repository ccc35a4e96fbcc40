'use strict';
// Lines and points over numeric axes.
function ticksOf(low, high, logarithmic, count = 6) {
  const ticks = [];
  if (logarithmic) {
    for (let d = Math.floor(Math.log10(low)); d <= Math.ceil(Math.log10(high)); ++d)
      for (const m of high / low > 1e3 ? [1] : [1, 2, 5]) {
        const tick = m * 10 ** d;
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
      }
    return ticks;
  }
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}

function scaleOf(values, from, to, logarithmic) {
  let low = Math.min(...values), high = Math.max(...values);
  if (!Number.isFinite(low)) { low = 0; high = 1; }
  if (logarithmic) { low /= 1.15; high *= 1.15; }
  else { const pad = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1; low -= pad; high += pad; }
  const position = (v) => logarithmic ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low);
  return {low, high, logarithmic, at: (v) => from + (to - from) * position(v)};
}

/// series: [{name, colour, points: [{x, y, label, hollow}], line, marks, limit}]; limits: [{value, name}]; cover: points that the axes
/// reach, too, without being drawn.
function plot({series, limits = [], cover = [], xLabel, yLabel, xLog = false, yLog = false, width = 640, height = 260, onPick = null, yFromZero = false}) {
  const left = 62, right = 14, top = 10, bottom = 38;
  const usable = (p) => Number.isFinite(p.x) && Number.isFinite(p.y) && (!xLog || p.x > 0) && (!yLog || p.y > 0);
  const all = series.flatMap((s) => s.points).concat(cover).filter(usable);
  const near = limits.filter((l) => Number.isFinite(l.value));
  const x = scaleOf(all.map((p) => p.x), left, width - right, xLog);
  const y = scaleOf(all.map((p) => p.y).concat(near.map((l) => l.value), yFromZero ? [0] : []), height - bottom, top, yLog);
  const svg = draw('svg', {viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${yLabel} over ${xLabel}`});
  for (const tick of ticksOf(x.low, x.high, xLog, 7)) {
    svg.append(draw('line', {class: 'grid', x1: x.at(tick), x2: x.at(tick), y1: top, y2: height - bottom}));
    svg.append(draw('text', {x: x.at(tick), y: height - bottom + 14, 'text-anchor': 'middle'}, shown(tick)));
  }
  for (const tick of ticksOf(y.low, y.high, yLog, 5)) {
    svg.append(draw('line', {class: 'grid', x1: left, x2: width - right, y1: y.at(tick), y2: y.at(tick)}));
    svg.append(draw('text', {x: left - 5, y: y.at(tick) + 4, 'text-anchor': 'end'}, shown(tick)));
  }
  svg.append(draw('text', {x: (left + width) / 2, y: height - 6, 'text-anchor': 'middle'}, xLabel));
  svg.append(draw('text', {transform: `translate(13 ${(top + height - bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle'}, yLabel));
  for (const limit of near) {
    svg.append(draw('line', {class: 'limit', x1: left, x2: width - right, y1: y.at(limit.value), y2: y.at(limit.value)}));
    svg.append(draw('text', {x: width - right - 2, y: y.at(limit.value) - 3, 'text-anchor': 'end'}, limit.name));
  }
  for (const s of series) {
    const points = s.points.filter(usable);
    if (s.line && points.length > 1)
      svg.append(draw('polyline', {fill: 'none', stroke: s.colour, 'stroke-width': 1.8, 'stroke-dasharray': s.dash || 'none', points: points.map((p) => `${x.at(p.x).toFixed(1)},${y.at(p.y).toFixed(1)}`).join(' ')}));
    if (s.marks === false) continue;
    for (const p of points) {
      const base = {cx: x.at(p.x), cy: y.at(p.y), r: p.big ? 6 : 4, fill: p.hollow ? 'none' : s.colour, stroke: s.colour, 'stroke-width': 1.5, class: p.dim ? 'dim' : ''};
      const mark = draw('circle', onPick ? acts(base, () => onPick(p)) : base);
      mark.append(draw('title', {}, p.label || `${s.name}: ${shown(p.x)}, ${shown(p.y)}`));
      svg.append(mark);
    }
  }
  return svg;
}
