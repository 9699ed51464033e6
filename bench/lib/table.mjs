// GitHub Markdown. A figure that nobody measured is undefined, and shown as a dash.
const dash = '–';

// `columns`: titles; those after the first are aligned to the right. `rows`: arrays of texts.
export function table(columns, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell ?? dash).join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}

const shown = (format) => (value) => (value === undefined ? undefined : format(value));

export const count = shown((value) => Math.round(value).toLocaleString('en-US'));
export const seconds = shown((value) => value.toFixed(value < 10 ? 2 : 1));
export const ratio = shown((value) => `${value.toFixed(value < 10 ? 2 : 1)}x`);
export const decimal = shown((value) => value.toFixed(1));
export const milliseconds = shown((value) => `${value.toFixed(1)} ms`);
export const mib = shown((value) => `${Math.round(value)} MiB`);
