/**
 * What the page of a comparison does: draws the report, and filters it by kind, task and text. The
 * filters are in the address behind #, so that a view can be kept and sent.
 */
export const PAGE_SCRIPT = String.raw`
'use strict';
const { report, lines } = JSON.parse(document.getElementById('report').textContent);
const filters = new URLSearchParams(location.hash.slice(1));

function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== 'list') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function setFilter(name, value) {
  if (value === '' || filters.get(name) === value) filters.delete(name);
  else filters.set(name, value);
  history.replaceState(null, '', '#' + filters);
  draw();
}

const all = (finding) => [finding, ...finding.consequences.map((each) => each.finding)];
const stepText = ({ did, got }) => (got === '' ? did : did + ' = ' + got);

function fits(finding) {
  const [kind, task, text] = ['kind', 'task', 'text'].map((name) => filters.get(name));
  const parts = all(finding);
  if (kind && !parts.some((each) => each.kind === kind)) return false;
  if (task) {
    const [side, number] = [task[0], Number(task.slice(1))];
    if (!parts.some((each) => each[side].some((step) => step.task === number))) return false;
  }
  return !text || parts.some((each) => JSON.stringify([each.headline, each.a, each.b]).toLowerCase().includes(text.toLowerCase()));
}

function stepElement(side, step, style) {
  const raw = lines[side][step.event];
  return element('span', { className: 'step ' + style },
    element('code', {}, step.event + '  ' + step.who + '  ' + stepText(step)),
    ...(raw === undefined ? [] : [element('code', { className: 'raw' }, raw)]));
}

function sideElement(finding, side) {
  return element('div', { className: 'side' },
    ...finding.context[side].map((step) => stepElement(side, step, 'before')),
    ...finding[side].map((step) => stepElement(side, step, side)));
}

function findingElement(finding, number) {
  const consequences = finding.consequences.map(({ because, finding: each }) =>
    element('details', {}, element('summary', {}, because + ': ' + each.headline),
      element('div', { className: 'sides' }, sideElement(each, 'a'), sideElement(each, 'b'))));
  return element('article', { className: finding.isFirst ? 'first' : '', id: 'finding-' + number },
    element('h2', {}, element('span', { className: 'kind' }, finding.kind), number + '. ' + finding.headline + (finding.isFirst ? ' (the first difference)' : '')),
    element('div', { className: 'sides' }, sideElement(finding, 'a'), sideElement(finding, 'b')),
    ...consequences);
}

function treeElement(side, parent) {
  const children = report[side].tasks.filter((task) => (task.parent ?? 0) === parent);
  if (children.length === 0) return '';
  return element('ul', { className: 'tree' }, ...children.map((task) =>
    element('li', {},
      element('button', { className: task.partner === undefined ? side : '', 'aria-pressed': String(filters.get('task') === side + task.task), onclick: () => setFilter('task', side + task.task) },
        task.name + (task.partner === undefined ? ' only here' : '')),
      treeElement(side, task.task))));
}

function sideHeader(side) {
  const { command, host, port, events, tasks, complete } = report[side];
  return element('div', { className: side },
    element('strong', {}, side.toUpperCase() + '  ' + (port ?? host)), element('br'), element('code', {}, command.join(' ')), element('br'),
    (port ? host + ', ' : '') + events + ' events, ' + tasks.length + ' tasks' + (complete ? '' : ', incomplete'));
}

function navigation() {
  const kinds = [...new Set(report.findings.flatMap(all).map(({ kind }) => kind))];
  return element('nav', {},
    element('strong', {}, 'Kinds'),
    ...kinds.map((kind) => element('div', {}, element('button', { 'aria-pressed': String(filters.get('kind') === kind), onclick: () => setFilter('kind', kind) }, kind))),
    element('input', { type: 'search', placeholder: 'Text', value: filters.get('text') ?? '', onchange: ({ target }) => { filters.delete('text'); setFilter('text', target.value); } }),
    element('div', {}, element('strong', { className: 'a' }, 'Tasks of A')), treeElement('a', 0),
    element('div', {}, element('strong', { className: 'b' }, 'Tasks of B')), treeElement('b', 0));
}

function draw() {
  const shown = report.findings.map((finding, index) => [finding, index + 1]).filter(([finding]) => fits(finding));
  const summary = report.same ? 'no difference in behaviour' : shown.length + ' of ' + report.findings.length + ' differences in behaviour';
  const folded = report.folded.map(({ rule, a, b, says }) => element('li', {}, rule + ': ' + a + ' in A, ' + b + ' in B (' + says + ')'));
  document.body.replaceChildren(
    element('header', {}, element('h1', {}, summary), element('div', { className: 'sides' }, sideHeader('a'), sideHeader('b')),
      ...report.notes.map((note) => element('div', { className: 'note' }, note)),
      ...report.gone.map((key) => element('div', { className: 'gone' }, 'expected, but gone: ' + key))),
    navigation(),
    element('main', {}, ...shown.map(([finding, number]) => findingElement(finding, number)),
      element('details', {}, element('summary', {}, 'What the rules left out'), element('ul', {}, ...folded))));
}
draw();
`;
