/** The fields that say which events are shown. */
import { useMemo } from 'preact/hooks';
import { isFiltering, NO_FILTER, type Filter } from './filter.js';
import { countText } from './format.js';
import { useShown } from './shown.js';

/** The field that the key / goes to. */
export const SEARCH_ID = 'search';

const GROUPS: readonly (readonly [Filter['group'], string])[] = [
  ['', 'all events'],
  ['call', 'calls'],
  ['signal', 'signals'],
  ['other', 'other events'],
];

const numberOf = (text: string): number | undefined => (text === '' ? undefined : Number(text));

export function FilterBar() {
  const {
    recording,
    place: { filter },
    setFilter,
    matches,
  } = useShown();
  const { names, tasks } = recording.data;
  const calls = useMemo(() => Object.entries(names.calls).sort(([, left], [, right]) => (left < right ? -1 : 1)), [recording]);
  const found = matches.rows?.length ?? recording.rows;
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        id={SEARCH_ID}
        type="search"
        placeholder="filter by text  /"
        aria-label="Text"
        value={filter.text}
        onInput={({ currentTarget }) => setFilter({ text: currentTarget.value })}
      />
      <select
        aria-label="Kind"
        value={filter.group}
        onChange={({ currentTarget }) => setFilter({ group: currentTarget.value as Filter['group'] })}
      >
        {GROUPS.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <select
        aria-label="Call"
        value={filter.call ?? ''}
        onChange={({ currentTarget }) => setFilter({ call: numberOf(currentTarget.value) })}
      >
        <option value="">any call</option>
        {calls.map(([number, name]) => (
          <option key={number} value={number}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Task"
        value={filter.task ?? ''}
        onChange={({ currentTarget }) => setFilter({ task: numberOf(currentTarget.value) })}
      >
        <option value="">any task</option>
        {tasks.map(({ task }) => (
          <option key={task} value={task}>
            {recording.taskName(task)}
          </option>
        ))}
      </select>
      <label class="check">
        <input
          type="checkbox"
          checked={filter.errorsOnly}
          onChange={({ currentTarget }) => setFilter({ errorsOnly: currentTarget.checked })}
        />
        errors only
      </label>
      {filter.errno !== undefined && (
        <Chip text={names.errors[filter.errno] ?? `errno ${filter.errno}`} remove={() => setFilter({ errno: undefined })} />
      )}
      {filter.file !== undefined && (
        <Chip text={names.files[filter.file - 1] ?? `file ${filter.file}`} remove={() => setFilter({ file: undefined })} />
      )}
      <output class="quiet" aria-live="polite" data-pending={matches.isPending}>
        {matches.isPending ? 'searching …' : `${countText(found)} of ${countText(recording.rows)}`}
      </output>
      {isFiltering(filter) && (
        <button
          type="button"
          onClick={() => setFilter({ ...NO_FILTER, call: undefined, task: undefined, errno: undefined, file: undefined })}
        >
          clear
        </button>
      )}
    </form>
  );
}

const Chip = ({ text, remove }: { readonly text: string; remove(): void }) => (
  <button type="button" class="chip" title="remove this filter" onClick={remove}>
    {text} ×
  </button>
);
