/** The look of the inbox: light or dark as the reader's system is, list beside letter where there is room. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #f6f4ef;
  --sheet: #ffffff;
  --ink: #23211d;
  --faint: #635d52;
  --line: #ddd7cb;
  --accent: #7a2e3a;
  --chosen: #f3e7e4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #191816;
    --sheet: #23211e;
    --ink: #ece8e0;
    --faint: #aaa396;
    --line: #3a3732;
    --accent: #eba5ae;
    --chosen: #3a2b2c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
header { padding: 1rem 1.25rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 1.25rem; }
h1 a { color: inherit; text-decoration: none; }
header p { margin: 0 0 .75rem; color: var(--faint); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input, button {
  font: inherit;
  color: inherit;
  padding: .35rem .7rem;
  border: 1px solid var(--faint);
  border-radius: .4rem;
  background: var(--sheet);
}
input { flex: 1 1 10rem; max-width: 24rem; min-width: 0; }
button { cursor: pointer; }
.note { margin: .5rem 1.25rem; color: var(--faint); font-size: .875rem; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li { border-top: 1px solid var(--line); }
nav li a {
  display: grid;
  grid-template-columns: 1fr auto;
  gap: 0 .75rem;
  padding: .7rem 1.25rem;
  color: inherit;
  text-decoration: none;
}
nav li a:hover, nav li a[aria-current] { background: var(--chosen); }
nav li a[aria-current] { box-shadow: inset .25rem 0 var(--accent); }
nav strong, nav .snippet { grid-column: 1 / -1; }
.to, .snippet { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; }
.to, time, .snippet { color: var(--faint); font-size: .875rem; }
main { padding: 1.25rem; }
article {
  max-width: 46rem;
  padding: 1.25rem 1.5rem;
  border: 1px solid var(--line);
  border-radius: .6rem;
  background: var(--sheet);
}
h2 { margin: 0 0 .75rem; font-size: 1.25rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: 0 0 1rem; font-size: .9375rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
pre {
  margin: 0;
  padding-top: 1rem;
  border-top: 1px solid var(--line);
  font: inherit;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.empty { color: var(--faint); }
main .note { margin: .75rem 0; }
.back { margin: 0 0 .75rem; }
.reading nav { display: none; }
@media (min-width: 60rem) {
  body:has(nav) {
    display: grid;
    grid-template: auto 1fr / 24rem 1fr;
    height: 100vh;
  }
  header { grid-column: 1 / -1; }
  nav, main { overflow-y: auto; }
  nav { border-right: 1px solid var(--line); }
  .reading nav { display: block; }
  .back { display: none; }
  main { padding: 2rem; }
}
`
