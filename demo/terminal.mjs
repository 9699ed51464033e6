// What the demo shows, at most 100 columns wide.
const width = 100;
const isTerminal = process.stdout.isTTY === true;
const style = (code) => (text) => (isTerminal ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = style('1');
export const dim = style('2');

export function say(text = '') {
  process.stdout.write(`${text}\n`);
}

export function heading(text) {
  say(`\n${bold(text)}`);
}

export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), units.length - 1);
  const value = count / 1024 ** unit;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function number(count) {
  return count.toLocaleString('en-US');
}

// How many columns a character takes: East Asian ones take two.
const isWide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f300}-\u{1faff}]/u;
const columnsOf = (character) => (isWide.test(character) ? 2 : 1);

// A line, cut into as many as it takes; at most `limit`, then an ellipsis.
export function wrap(text, limit, columns = width - 4) {
  const lines = [''];
  let used = 0;
  for (const character of text.replaceAll('\r', '')) {
    const size = columnsOf(character);
    if (used + size > columns) {
      if (lines.length === limit) return [...lines.slice(0, -1), `${lines.at(-1).slice(0, -2)}…`];
      lines.push('');
      used = 0;
    }
    lines[lines.length - 1] += character;
    used += size;
  }
  return lines;
}

// A line that is written again and again on a terminal, and once, at its end, elsewhere.
export class ProgressLine {
  constructor(label) {
    this.label = label;
    this.shown = 0;
  }

  update(percent, details) {
    if (!isTerminal || Date.now() - this.shown < 100) return;
    this.shown = Date.now();
    process.stdout.write(`\r${this.#line(percent, details)}\x1b[K`);
  }

  end(details) {
    const start = isTerminal ? '\r' : '';
    process.stdout.write(`${start}${this.#line(100, details)}${isTerminal ? '\x1b[K' : ''}\n`);
  }

  #line(percent, details) {
    const full = Math.round(percent / 5);
    const bar = `${'█'.repeat(full)}${'░'.repeat(20 - full)}`;
    return `  ${this.label.padEnd(34)}${bar} ${String(Math.round(percent)).padStart(3)} %  ${details}`;
  }
}
