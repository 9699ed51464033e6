// The sessions that docs/segment.md makes of the messages of one device that are told in the order of their times.
const minute = 60_000;
export const gap = 30 * minute; // activities that are further apart are of two sessions
const longestPause = 24 * 60 * minute; // of a session that was opened

class Session {
  // `message`: the one that it begins with.
  constructor({ name, time, kind }) {
    Object.assign(this, { key: name, first: time, last: time, isOpened: kind === 'opened' });
    this.activities = [];
  }

  // `time`: not before any that it was told of.
  goesOnAt(time) {
    return !this.isOver && time <= this.last + (this.isOpened ? longestPause : gap);
  }

  // As a Session export shows it: [start, end], or undefined.
  get span() {
    if (this.isOpened && this.isClosed) return [this.first, this.last];
    const times = this.activities.map(({ time }) => time);
    return times.length > 0 ? [times[0], times.at(-1)] : undefined;
  }
}

// `messages`: {name, kind, time, request}; those of one request have the same. Returns {sessions, keys}: `keys` of the
// sessions that events and activities belong to, by the messages' names; an event may belong to none.
export function tellSessions(messages) {
  const sessions = [];
  const keys = new Map();
  const current = (time) => sessions.findLast((session) => session.goesOnAt(time));
  const begin = (message) => sessions[sessions.push(new Session(message)) - 1];
  const steps = {
    opened(message) {
      for (const session of sessions) session.isOver ||= session.isOpened;
      begin(message);
    },
    backgrounded({ time }) {
      const session = current(time);
      if (session) Object.assign(session, { last: time, isClosed: true, isOver: true });
    },
    screen(message) {
      const session = current(message.time) ?? begin(message);
      session.last = message.time;
      session.activities.push(message);
      keys.set(message.name, session.key);
    },
    track(message, rest) {
      keys.set(message.name, current(message.time)?.key ?? keyOfNext(message, rest));
    },
  };
  for (const [i, message] of messages.entries()) steps[message.kind](message, messages.slice(i + 1));
  return { sessions, keys };
}

// An event in front of the first activity of a session belongs to it, too, when both come in one request.
function keyOfNext({ time, request }, rest) {
  const next = rest.find((message) => message.request === request && message.kind !== 'track');
  return next?.kind === 'screen' && next.time - time <= gap ? next.name : undefined;
}
