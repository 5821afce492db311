/** Draws lines over time as an SVG for the docs: panels below each other with one axis of time. */
export interface Line {
  name: string;
  points: readonly [atS: number, value: number][];
  isDashed?: boolean;
}

export interface Panel {
  title: string;
  lines: readonly Line[];
}

/** A time that the reader should see in all panels. */
export interface Band {
  name: string;
  fromS: number;
  toS: number;
  colour: string;
}

/** Colours that people who cannot tell red from green can tell (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const width = 760;
const [left, right, top, panelHeight, gap, foot] = [52, 214, 34, 118, 40, 26];
const everyS = 60;

export function chart(panels: readonly Panel[], bands: readonly Band[], fromS: number, toS: number): string {
  const height = top + panels.length * (panelHeight + gap) - gap + foot;
  const x = (atS: number) => round(left + ((atS - fromS) / (toS - fromS)) * (width - left - right));
  const parts = bands.map(({ name, fromS: begin, toS: end, colour }, at) => {
    const [from, to] = [x(begin), x(end)];
    return (
      `<rect x="${from}" y="${top - 4}" width="${round(to - from)}" height="${height - top - foot + 8}" fill="${colour}"/>` +
      text(from, top - 20 + at * 11, name)
    );
  });
  panels.forEach((panel, at) => parts.push(drawPanel(panel, top + at * (panelHeight + gap), x)));
  for (let atS = 0; atS <= toS - fromS; atS += everyS)
    parts.push(text(x(fromS + atS), height - 8, `${atS / 60} min`, 'middle'));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, lines }: Panel, y: number, x: (atS: number) => number): string {
  const most = niceCeiling(Math.max(1, ...lines.flatMap(({ points }) => points.map(([, value]) => value))));
  const yOf = (value: number) => round(y + panelHeight - (value / most) * panelHeight);
  const axis = [0, most / 2, most].map(
    (value) =>
      `<path d="M${left} ${yOf(value)}H${width - right}" stroke="#ccc"/>` +
      text(left - 6, yOf(value) + 4, String(round(value)), 'end'),
  );
  const drawn = lines.map(({ name, points, isDashed }, at) => {
    const colour = isDashed ? '#555' : colours[at % colours.length]!;
    const dash = isDashed ? ' stroke-dasharray="5 4"' : '';
    const path = points.map(([atS, value]) => `${x(atS)} ${yOf(value)}`).join('L');
    const labelY = y + 12 + at * 16;
    return (
      `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>` +
      `<path d="M${width - right + 12} ${labelY - 4}h18" stroke="${colour}" stroke-width="1.8"${dash}/>` +
      text(width - right + 36, labelY, name)
    );
  });
  return [text(left, y - 8, title, 'start', true), ...axis, ...drawn].join('\n');
}

function text(x: number, y: number, words: string, anchor = 'start', isBold = false): string {
  const escaped = words.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${isBold ? ' font-weight="bold"' : ''} fill="#222">${escaped}</text>`;
}

/** The next of 1, 2, 5, 10, 20, 50 …, so that half of it is a short number. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value)!;
}

const round = (value: number) => Math.round(value * 10) / 10;
