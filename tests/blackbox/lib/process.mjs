// What a server's process has used, as the kernel counts it.
import { readFileSync } from 'node:fs';

function fileOf(server, name) {
  return readFileSync(`/proc/${server.child.process.pid}/${name}`, 'utf8');
}

// What it holds in memory now, in bytes.
export function residentBytes(server) {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(fileOf(server, 'status'))[1]) * 1024;
}

// The most that it ever held.
export function peakBytes(server) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(fileOf(server, 'status'))[1]) * 1024;
}

// What it gave to the system to write, to files above all, in bytes.
export function writtenBytes(server) {
  return Number(/^wchar: (\d+)/m.exec(fileOf(server, 'io'))[1]);
}

// The time for which it had a processor, which does not depend on what else the machine does.
export function processorSeconds(server) {
  const [user, system] = fileOf(server, 'stat').replace(/^.*\) /, '').split(' ').slice(11, 13).map(Number);
  return (user + system) / 100; // in ticks of sysconf(_SC_CLK_TCK), which is 100 on Linux
}

export function threadCount(server) {
  return Number(/^Threads:\s+(\d+)/m.exec(fileOf(server, 'status'))[1]);
}
