/** How the page looks: narrow and wide, light and dark, on paper. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2126; --soft: #5a6570; --line: #d5dbe1; --back: #fff; --raised: #f4f6f8; --good: #11693a; --bad: #a3262a; --link: #0a5ea8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaee; --soft: #a2adb8; --line: #39424b; --back: #14181c; --raised: #1d2328; --good: #6cce95; --bad: #f29a93; --link: #7fbaf0 }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem clamp(0.75rem, 3vw, 2.5rem) 4rem; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 0.25rem }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.25rem }
h3 { font-size: 1rem; margin: 1.25rem 0 0.5rem }
.gallery + p { margin-top: 0.75rem }
p, ul { margin: 0.25rem 0 0.75rem; max-width: 60rem }
ul { padding-left: 1.25rem }
a { color: var(--link) }
.soft, .interval, figcaption { color: var(--soft) }
.soft { overflow-wrap: anywhere }
.wide { overflow-x: auto; margin: 0.75rem 0 }
.wide:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums }
th, td { padding: 0.4rem 0.75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; vertical-align: bottom }
tbody th { font-weight: 600 }
.number { text-align: right; white-space: nowrap }
thead .number { white-space: normal; overflow-wrap: break-word; min-width: 5.5rem; max-width: 12rem }
.long { min-width: 14rem; max-width: 26rem; overflow-wrap: anywhere; color: var(--soft) }
.name { overflow-wrap: anywhere; min-width: 9.5rem }
.interval { display: block; font-size: 0.88em }
.cell + .cell { display: block; margin-top: 0.4rem }
.published { background: var(--raised) }
.published th { font-weight: 400 }
.better { color: var(--good) }
.worse { color: var(--bad) }
.says { white-space: nowrap }
.gallery { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0; padding: 0; max-width: none; list-style: none }
figure { margin: 0 }
figure div { display: flex; flex-wrap: wrap; gap: 2px }
figure div span { display: block }
.under { color: var(--soft); font-size: 0.75rem; line-height: 1.3; width: 0; min-width: 100%; overflow-wrap: anywhere }
.key { white-space: nowrap; margin-right: 0.5rem }
.key i { display: inline-block; width: 0.75em; height: 0.75em; margin-right: 0.3em; border: 1px solid var(--line); vertical-align: -0.05em; print-color-adjust: exact }
figure img { display: block; height: 8rem; width: auto; background: var(--raised) }
figcaption { font-size: 0.8rem; max-width: 24rem; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 0.75rem; margin: 0 0 0.5rem; font-size: 0.9rem }
dt { color: var(--soft) }
dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 40rem) { figure img { height: auto; max-height: 8rem; max-width: 30vw } th, td { padding: 0.35rem 0.5rem } .long { min-width: 11rem } .name { min-width: 7rem } }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --back: #fff; --raised: #f2f2f2; --good: #000; --bad: #000; --link: #000 }
  body { max-width: none; padding: 0; font-size: 9pt }
  .wide { overflow: visible }
  table { font-size: 8pt }
  h2, h3 { break-after: avoid }
  tr, figure { break-inside: avoid }
  .published { print-color-adjust: exact }
}
`;
