/** How the page of a comparison looks. */
export const PAGE_STYLE = `
:root { --line: #8884; --a: #c0392b; --b: #1e8449; color-scheme: light dark; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 0; display: grid; grid-template-columns: minmax(14rem, 20rem) 1fr; }
header { grid-column: 1 / -1; padding: .8rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0 0 .4rem; }
nav { padding: 1rem; border-right: 1px solid var(--line); overflow: auto; }
main { padding: 1rem; min-width: 0; }
code { font: 12px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
.a { color: var(--a); } .b { color: var(--b); }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; }
.sides > * { min-width: 0; }
article { border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; margin-bottom: .8rem; }
article h2 { font-size: .95rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
article.first { border-width: 2px; }
.kind { border: 1px solid var(--line); border-radius: 4px; padding: 0 .4em; margin-right: .5em; font-weight: 400; }
.step { display: block; } .before { opacity: .65; } .raw { display: block; opacity: .65; padding-left: 1.5em; }
ul.tree { list-style: none; padding-left: 1em; margin: .2em 0; }
button { font: inherit; background: none; border: 1px solid transparent; border-radius: 4px; cursor: pointer; color: inherit; padding: 0 .3em; text-align: left; }
button[aria-pressed=true] { border-color: currentColor; }
label { display: block; } input[type=search] { width: 100%; box-sizing: border-box; margin: .4rem 0; }
`;
