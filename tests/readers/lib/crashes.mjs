// What is collected for the readers: crashes, since they have a text of every length, a JSON value, ids and times.
import { readFileSync } from 'node:fs';

import { guid } from '../../blackbox/lib/batches.mjs';

// Of each {text, value}: the JSON that is sent, and what must be exported. An empty text is no name of a crash.
const edges = JSON.parse(readFileSync(new URL('../../edges/texts.json', import.meta.url))).filter(
  ({ value }) => value,
);

// Numbers that no double holds, and keys that differ in case alone.
const extrasOf = (json) =>
  `{"text":${json},"big":123456789012345678901234567890,"small":-9223372036854775809,"Name":1,"name":"2",` +
  `"yes":true,"nothing":null}`;

// Of digits, so that it is hard to compress and any cut shows.
function longStack(seed, length) {
  let stack = '';
  for (let line = 0; stack.length < length; line += 1) stack += `${guid(`${seed} ${line}`)}\n\tat "x", y\r\n`;
  return stack.slice(0, length);
}

export const day = '2016-04-26';
const start = Date.parse(`${day}T00:00:00Z`);
const digits = (number, end) => String(number).padStart(32 - end.length, '0') + end;

// A crash of a device of its own, with the text wherever one may stand. A reader might take the ids for numbers.
function crash(number, text, more) {
  return {
    deviceId: digits(number, number % 2 ? '1e5' : '1'),
    userId: text,
    crashId: text,
    timestamp: new Date(start + number * 1000).toISOString(),
    sessionId: digits(number, '7'),
    stack: text,
    extras: extrasOf(JSON.stringify(text)),
    ...more,
  };
}

// A line of a bulk body. `json`: how the text is sent.
function lineOf({ deviceId, userId, crashId, timestamp, sessionId, stack, extras }, json) {
  const texts = { userId, crashId, stack };
  for (const key of Object.keys(texts)) texts[key] = json ?? JSON.stringify(texts[key]);
  const fields = [
    `"kind":"crash","timestamp":"${timestamp}","crashId":${texts.crashId}`,
    sessionId && `"sessionId":"${sessionId}"`,
    texts.stack && `"stack":${texts.stack}`,
    extras && `"extras":${json ? extrasOf(json) : extras}`,
  ];
  const appInfo = `{"userid":${texts.userId ?? null}}`;
  return `{"deviceId":"${deviceId}","appInfo":${appInfo},"records":[{${fields.filter(Boolean).join(',')}}]}\n`;
}

const unknown = { userId: undefined, sessionId: undefined, stack: undefined, extras: undefined };

// {line, row}: what is collected, and the row that an export must have of it, where undefined is unknown. They are
// large enough for a file of several frames, and a text is as long as one may be.
export function crashes() {
  const hostile = edges.map(({ text, value }, i) => {
    const row = crash(i, value);
    return { row, line: lineOf(row, text) };
  });
  const long = Array.from({ length: 20 }, (_, i) =>
    crash(1000 + i, `long ${i}`, { stack: longStack(i, (i === 0 ? 256 : 200) << 10) }),
  );
  const others = [...long, crash(2000, 'bare', unknown)];
  return [...hostile, ...others.map((row) => ({ row, line: lineOf(row) }))];
}
