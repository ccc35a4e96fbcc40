'use strict';
/// Of the steps that stand side by side: they share their scale.
function longestStep() {
  const ends = page.sources.filter((run) => run.timeline).flatMap((run) => run.timeline.slices.map((s) => s[1] + s[2]));
  return ends.reduce((most, end) => Math.max(most, end), 0);
}

// The step by unit: wheel or + and - zoom, drag or arrows move, a click on a slice picks its layer.
function timelineSection(run, state, refresh) {
  const {units, names, slices} = run.timeline;
  if (slices.length === 0) return null;
  const end = longestStep();
  const view = state.view = state.view || {from: 0, to: end};
  const rowHeight = 20, left = 60, height = units.length * rowHeight + 24;
  let width = 1200;  // as wide as it is shown: what is drawn larger and shrunk has letters that nobody can read
  const canvas = make('canvas', {width, height, style: `height: ${height}px`, tabindex: 0, class: 'timeline', role: 'img', 'aria-label': 'Step timeline by unit; + and - zoom, arrows move'});
  const told = make('div', {class: 'note'}, 'Wheel or + and - zoom, drag or arrows move, a click picks the layer, 0 shows all.');
  const phaseOf = (name) => name.slice(name.lastIndexOf('/') + 1), layerOf = (name) => name.slice(0, name.lastIndexOf('/'));
  const colourOf = (name) => kColours[Math.max(0, kPhases.indexOf(phaseOf(name)))];
  const x = (t) => left + (t - view.from) / (view.to - view.from) * (width - left);
  const paint = () => {
    const pen = canvas.getContext('2d'), style = getComputedStyle(document.documentElement);
    pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = '11px sans-serif';
    for (const [unit, start, duration, name] of slices) {
      if (start + duration < view.from || start > view.to) continue;
      const a = Math.max(left, x(start)), b = Math.min(width, x(start + duration));
      pen.globalAlpha = state.layer && layerOf(names[name]) !== state.layer ? 0.2 : 1;
      pen.fillStyle = colourOf(names[name]);
      pen.fillRect(a, unit * rowHeight + 2, Math.max(0.6, b - a - 0.4), rowHeight - 4);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = style.getPropertyValue('--bg');
    pen.fillRect(0, 0, left, height);
    pen.fillStyle = style.getPropertyValue('--fg');
    units.forEach((unit, i) => pen.fillText(unit, 2, i * rowHeight + 14));
    for (const tick of ticksOf(view.from, view.to, false, Math.max(2, Math.floor(width / 150)))) pen.fillText(shown(tick * 1e-6, 's'), x(tick), height - 6);
  };
  const fit = () => {
    if (canvas.clientWidth === 0) return;
    width = canvas.clientWidth;
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    paint();
  };
  const zoom = (factor, centre = (view.from + view.to) / 2) => {
    const from = centre - (centre - view.from) * factor, to = centre + (view.to - centre) * factor;
    view.from = Math.max(0, from);
    view.to = Math.min(end, Math.max(to, view.from + end * 1e-5));
    paint();
  };
  const move = (by) => {
    const length = view.to - view.from, from = Math.min(Math.max(0, view.from + by * length), end - length);
    view.from = from;
    view.to = from + length;
    paint();
  };
  const timeAt = (event) => view.from + (event.offsetX - left) / (width - left) * (view.to - view.from);
  const sliceAt = (event) => {
    const unit = Math.floor(event.offsetY / rowHeight), time = timeAt(event);
    return slices.find((s) => s[0] === unit && s[1] <= time && time <= s[1] + s[2]);
  };
  canvas.addEventListener('wheel', (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event)); }, {passive: false});
  canvas.addEventListener('keydown', (event) => {
    const action = {'+': () => zoom(0.7), '-': () => zoom(1.4), ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), 0: () => { view.from = 0; view.to = end; paint(); }}[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  let dragged = null;
  canvas.addEventListener('pointerdown', (event) => { dragged = {x: event.offsetX, moved: false}; });
  canvas.addEventListener('pointermove', (event) => {
    if (dragged && event.buttons && Math.abs(event.offsetX - dragged.x) > 3) {
      move((dragged.x - event.offsetX) / width);
      dragged = {x: event.offsetX, moved: true};
      return;
    }
    const slice = sliceAt(event);
    if (slice) told.textContent = `${units[slice[0]]}: ${names[slice[3]]}, ${shown(slice[2] * 1e-6, 's')} at ${shown(slice[1] * 1e-6, 's')}`;
  });
  canvas.addEventListener('pointerup', (event) => {
    const slice = dragged && !dragged.moved ? sliceAt(event) : null;
    dragged = null;
    if (slice) refresh(layerOf(names[slice[3]]));
  });
  paint();
  new ResizeObserver(fit).observe(canvas);
  document.addEventListener('themechange', paint);
  const note = run.timeline.left_out > 0 ? make('div', {class: 'note'}, `${run.timeline.left_out} shorter slices are left out; trace.json has them`) : '';
  return section('Step timeline by unit', legend(kPhases, (name) => kColours[kPhases.indexOf(name)]), canvas, told, note);
}
