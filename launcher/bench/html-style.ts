/**
 * How the page of results looks. Colours are Okabe and Ito's, told apart by every kind of eye, darkened or lightened to
 * stand off the ground.
 */
export const pageStyle = `
:root { --ground: #ffffff; --ink: #1c1c1e; --faint: #d5d5da; --quiet: #5b5b63;
  --c0: #0b6aa8; --c1: #b84a00; --c2: #00775a; --c3: #a03b7c; --c4: #7a6200; --c5: #3f3f46; }
@media (prefers-color-scheme: dark) { :root { --ground: #17171a; --ink: #ececf0; --faint: #3a3a41; --quiet: #a9a9b3;
  --c0: #63b3ed; --c1: #f29a5c; --c2: #3ecf9f; --c3: #e391c3; --c4: #e2c443; --c5: #c9c9d1; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 16px; }
h1 { font-size: 24px; } h2 { font-size: 18px; margin: 32px 0 8px; }
pre { white-space: pre-wrap; padding: 8px 12px; border: 1px solid var(--faint); border-radius: 4px; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 24px; }
figure { margin: 0; min-width: 0; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; display: block; } svg text { font-size: 12px; fill: var(--quiet); }
.grid { stroke: var(--faint); stroke-width: 1; } .mark { stroke: var(--ink); stroke-width: 1.5; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.dashes-1 { stroke-dasharray: 6 4; } .dashes-2 { stroke-dasharray: 2 3; }
${[0, 1, 2, 3, 4, 5].map((n) => `.line.colour-${String(n)} { stroke: var(--c${String(n)}); } .dot.colour-${String(n)} { fill: var(--c${String(n)}); }`).join('\n')}
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px; padding: 0; margin: 4px 0; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; } .sample { width: 32px; flex: none; }
details { font-size: 13px; } summary { color: var(--quiet); cursor: pointer; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
`;
