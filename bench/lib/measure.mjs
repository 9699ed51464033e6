// Time, and what a server and the processes below it cost meanwhile, as the kernel counts it.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { progress } from './progress.mjs';
import { shell } from './shell.mjs';
import { median } from './stats.mjs';

const ticksPerSecond = 100; // USER_HZ of Linux
const sampleMs = 50;

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
}

function childrenOf(pid) {
  const text = read(`/proc/${pid}/task/${pid}/children`);
  return text.split(' ').filter(Boolean).map(Number);
}

function withDescendants(pid) {
  return [pid, ...childrenOf(pid).flatMap(withDescendants)];
}

// Of a process and of those of its children that it has waited for.
function ticksOf(pid) {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) || 0;
}

function peakMibOf(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

function resetPeak(pid) {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

export function cpuSeconds(pid) {
  return withDescendants(pid).reduce((sum, each) => sum + ticksOf(each), 0) / ticksPerSecond;
}

// Runs `work`. Returns {seconds, cpuSeconds, peakMib} of the server with this process id, and what `work`
// returned as `result`. The peak is that of its largest process; a server that starts one for each connection
// is looked at often enough to see it.
export async function measure(pid, work) {
  let peakMib = 0;
  const sample = () => {
    peakMib = Math.max(peakMib, ...withDescendants(pid).map(peakMibOf));
  };
  withDescendants(pid).forEach(resetPeak);
  const cpuBefore = cpuSeconds(pid);
  const timer = setInterval(sample, sampleMs);
  const start = performance.now();
  try {
    const result = await work();
    const seconds = (performance.now() - start) / 1000;
    sample();
    return { seconds, cpuSeconds: cpuSeconds(pid) - cpuBefore, peakMib, result };
  } finally {
    clearInterval(timer);
  }
}

// What the whole machine has spent, in seconds of its cores: {busy, all}.
function machineSeconds() {
  const [user, nice, system, idle, wait, irq, softIrq] = read('/proc/stat')
    .split('\n')[0]
    .split(/ +/)
    .slice(1);
  const busy = [user, nice, system, irq, softIrq].reduce((sum, ticks) => sum + Number(ticks), 0);
  return { busy: busy / ticksPerSecond, all: (busy + Number(idle) + Number(wait)) / ticksPerSecond };
}

const sharesOfOthers = [];

// The share of the machine that other programs took, seen between the measurements.
export function otherLoad() {
  return median(sharesOfOthers);
}

// Looks for a moment; returns whether the servers were quiet.
async function areQuiet(pids, forMs) {
  const servers = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const [serversBefore, machineBefore] = [servers(), machineSeconds()];
  await sleep(forMs);
  const [work, machine] = [servers() - serversBefore, machineSeconds()];
  sharesOfOthers.push((machine.busy - machineBefore.busy - work) / (machine.all - machineBefore.all));
  return work < (0.1 * forMs) / 1000;
}

// Resolves when the disk has all that was written and none of the servers works in the background (merges,
// compactions), so that one does not pay for what another left behind.
export async function settle(pids, { timeoutMs = 180_000, quietMs = 500 } = {}) {
  await shell('sync');
  const deadline = Date.now() + timeoutMs;
  while (!(await areQuiet(pids, quietMs))) {
    if (Date.now() < deadline) continue;
    progress('a server is still busy in the background; its next figures may suffer');
    return;
  }
}
