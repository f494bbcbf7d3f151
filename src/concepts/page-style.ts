/** How the page of concepts looks, light and dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #fbfbfa; --panel: #fff; --ink: #1c1d1f; --soft: #62666c; --line: #dcdee1; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ground: #151618; --panel: #1e2023; --ink: #e9eaec; --soft: #a0a5ac; --line: #34373c; --accent: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 12px 20px; background: var(--panel); border-bottom: 1px solid var(--line); }
h1 { margin: 0; font-size: 18px; }
header p { margin: 0; color: var(--soft); }
header div { display: flex; gap: 8px; margin-left: auto; }
#told { flex-basis: 100%; order: 1; }
#told:empty { height: 0; margin-top: -8px; }
button { min-height: 36px; padding: 4px 14px; border: 1px solid var(--line); border-radius: 7px; background: var(--ground); color: inherit; font: inherit; cursor: pointer; }
button:disabled { color: var(--soft); cursor: default; opacity: 0.6; }
button:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#save { border-color: var(--accent); color: var(--accent); }
main { margin: 0 auto; padding: 12px 20px 48px; max-width: 1280px; }
ol { list-style: none; margin: 0; padding: 0; }
li, section { display: grid; grid-template-columns: auto minmax(170px, 268px) 1fr; gap: 6px 16px; align-items: center; padding: 10px 0; border-bottom: 1px solid var(--line); }
label { display: flex; align-items: center; gap: 10px; min-height: 36px; }
label input { width: 18px; height: 18px; margin: 0; }
.swatch { width: 22px; height: 22px; border-radius: 6px; border: 1px solid var(--line); }
.name { width: 100%; min-height: 34px; padding: 3px 8px; border: 1px solid transparent; border-radius: 6px; background: transparent; color: inherit; font: inherit; font-weight: 600; }
.name:hover, .name:focus { border-color: var(--line); background: var(--panel); }
.name::placeholder { color: var(--ink); opacity: 0.75; }
.facts { margin: 0; padding-left: 9px; color: var(--soft); font-size: 13px; }
.cutouts { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; min-width: 0; }
.cutout { min-height: 0; padding: 2px; border: 0; background: none; text-align: center; }
.cutout:disabled { opacity: 1; }
.cutout:not(:disabled):hover img { outline: 2px solid var(--accent); }
.cutout img { display: block; width: 88px; height: 88px; padding: 2px; object-fit: contain; border-radius: 7px; background: color-mix(in srgb, var(--soft) 14%, var(--panel)); }
.cutout small, .rest { color: var(--soft); font-size: 13px; }
[hidden] { display: none !important; }
section { padding: 14px 0; }
h2 { margin: 0; padding-left: 9px; font-size: 15px; }
.asked { width: 92px; }
.asked span { position: relative; display: block; }
.asked img { display: block; width: 100%; border-radius: 7px; }
.asked .mark { position: absolute; width: 14px; height: 14px; margin: -7px; border: 2px solid #fff; border-radius: 50%; background: #e0201c; box-shadow: 0 0 0 1px #0008; }
#kept { color: var(--soft); }
dialog { max-width: 96vw; padding: 0; border: 0; border-radius: 10px; background: var(--panel); color: inherit; }
dialog::backdrop { background: #000a; }
dialog canvas { display: block; max-width: 96vw; max-height: 84vh; margin: 0 auto; }
dialog form { display: flex; gap: 16px; align-items: center; justify-content: space-between; padding: 10px 14px; }
dialog p { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  header, main { padding-left: 12px; padding-right: 12px; }
  header { position: static; }
  header div { margin-left: 0; }
  li, section { grid-template-columns: auto 1fr; }
  .cutouts { grid-column: 1 / -1; }
  .cutout { width: calc((100% - 12px) / 4); }
  .cutout img { width: 100%; height: auto; aspect-ratio: 1; }
}`;
