/** The keys, as a dialog. */
import { useEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [keys: string, means: string])[] = [
  ['1 … 7', 'views'],
  ['/', 'filter by text; console: find text'],
  ['e', 'errors only, or all'],
  ['n  p', 'next and previous event that fits the filter; console: line that has the text'],
  ['l  t', 'the event in the list, in the timeline'],
  ['x', 'the other trace, where there are two'],
  ['Esc', 'leave a field, let go of the event'],
  ['↓ ↑  j k', 'lists: one row down, up; also Page Up, Page Down, Home, End'],
  ['+  −', 'timeline: closer, farther; also Ctrl and the wheel'],
  ['← →', 'timeline: earlier, later; also by dragging'],
  ['0', 'timeline: all of it'],
  ['?', 'this list'],
];

export function Help({ close }: { close(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label="Keyboard" onClose={close}>
      <h2>Keyboard</h2>
      <dl class="facts keys">
        {KEYS.map(([keys, means]) => [
          <dt key={keys}>
            <kbd>{keys}</kbd>
          </dt>,
          <dd key={`${keys}-means`}>{means}</dd>,
        ])}
      </dl>
      <form method="dialog">
        <button type="submit">close</button>
      </form>
    </dialog>
  );
}
