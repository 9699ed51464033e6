// When the server is killed: some time after it was started, or at the n-th time that something happens.
const storageRequests = {
  'write check': ({ blob }) => blob.endsWith('.rawhaul-write-check'),
  block: ({ operation, blob }) => operation === 'PutBlock' && !/manifest|check$/.test(blob),
  'block list': ({ operation, blob }) => operation === 'PutBlockList' && !/manifest/.test(blob),
  'manifest block': ({ operation, blob }) => operation === 'PutBlock' && /manifest/.test(blob),
  'manifest block list': ({ operation, blob }) => operation === 'PutBlockList' && /manifest/.test(blob),
};
const storagePhases = ['unheard', 'unanswered', 'answered'];

// That clients tell of, directories, and the blob server.
export const clientMoments = [
  'time',
  'batch sent',
  'batch answered',
  'task asked for',
  'task answered',
  'import asked for',
  'import answered',
];
export const directoryMoments = ['file visible', 'manifest visible'];
export const storageMoments = Object.keys(storageRequests).flatMap((what) =>
  storagePhases.map((phase) => `${what} ${phase}`),
);

// How many of an event pass, at most, before the one that kills.
const spread = { 'batch sent': 40, 'batch answered': 40, block: 24, 'block list': 16, 'file visible': 16 };

// Set for one kill. `kill` is called at most once, at the moment.
export class Trap {
  #left;

  constructor(moment, random, kill) {
    this.moment = moment;
    this.kill = kill;
    const phase = storagePhases.find((name) => moment.endsWith(` ${name}`));
    const what = phase ? moment.slice(0, -phase.length - 1) : moment;
    this.#left = random.below(spread[what] ?? 2);
    this.phase = phase;
    this.matches = storageRequests[what];
    if (moment === 'time') this.timer = setTimeout(kill, random.below(400));
  }

  // `moment` of the clients came.
  hear(moment) {
    if (moment === this.moment) this.#count();
  }

  // A fault for this request of the storage, if it is the one.
  faultFor(request) {
    if (!this.matches?.(request)) return undefined;
    this.#left -= 1;
    return this.#left === -1 ? (exchange) => this.#killAt(exchange) : undefined;
  }

  async #killAt(exchange) {
    const answer = this.phase === 'unheard' ? undefined : await exchange.carryOut();
    if (this.phase === 'answered') exchange.answer(answer);
    this.kill();
    if (this.phase !== 'answered') exchange.reset();
  }

  #count() {
    this.#left -= 1;
    if (this.#left === -1) this.kill();
  }

  cancel() {
    clearTimeout(this.timer);
  }
}
