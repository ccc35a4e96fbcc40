'use strict';
const page = JSON.parse(document.getElementById('data').textContent);

function showRun(run) {
  const box = make('article'), state = {layer: null};
  const refresh = (layer) => {
    state.layer = state.layer === layer ? null : layer;
    show();
  };
  const show = () => box.replaceChildren(...[wide(answerSection(run)),
    run.layers ? energySection(run, state, refresh) : null, run.layers ? rooflineSection(run, state, refresh) : null,
    run.timeline ? wide(timelineSection(run, state, refresh)) : null, ...(run.tables || []).map((table) => wide(tableSection(run, table))),
    run.series ? seriesSection(run) : null, mapSection(run), partsSection(run), run.heat ? wide(packageSection(run, state)) : null, settingsSection(run)].filter(Boolean));
  box.addEventListener('keydown', (event) => { if (event.key === 'Escape' && state.layer !== null) refresh(null); });
  show();
  return box;
}

function showTable(source) {
  const answer = source.answer ? [make('pre', {class: 'answer'}, source.answer)] : [];
  const verdicts = (source.verdicts || []).map(({name, validity}) => validityBox(validity, name));
  const pictures = source.pictures.map(({name, svg}) => make('img', {class: 'map', style: 'max-width: 900px', alt: name, src: 'data:image/svg+xml,' + encodeURIComponent(svg)}));
  return make('article', {}, wide(make('h1', {}, source.name)), ...verdicts.concat(answer, pictures, source.tables.map((table) => tableSection(source, table))).map(wide));
}

function differencesSection() {
  if (page.differences.length === 0) return null;
  const head = make('tr', {}, make('th', {}, 'key'), ...page.compared.map((name) => make('th', {}, name)));
  return section('Settings in which the runs differ', make('div', {class: 'scroll'}, make('table', {}, head,
      ...page.differences.map((d) => make('tr', {}, ...d.map((cell) => make('td', {}, cell)))))));
}

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  document.dispatchEvent(new Event('themechange'));
}

{
  const runs = page.sources.filter((source) => source.summary);
  const top = make('header', {}, make('span', {class: 'note'}, `Kiln report: ${page.sources.map((s) => s.name).join(', ')}`), make('button', {type: 'button', onclick: toggleTheme}, 'dark or light'));
  const grid = make('div', {class: 'runs'}, ...page.sources.map((source) => source.summary ? showRun(source) : showTable(source)));
  const rest = [differencesSection(), runs.length > 0 ? metricsTable(runs) : null].filter(Boolean);
  document.body.append(top, grid, ...rest);
  document.body.dataset.ready = 'yes';
}
