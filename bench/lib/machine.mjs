// What the figures were measured on and with.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

export const cores = os.availableParallelism?.() ?? os.cpus().length;

function distribution() {
  const release = os.platform() === 'linux' ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^PRETTY_NAME="(.*)"$/m.exec(release)?.[1] ?? os.platform();
}

export function describeMachine(directory) {
  return {
    cpu: os.cpus()[0].model.trim(),
    cores,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()}`,
    distribution: distribution(),
    fileSystem: execFileSync('stat', ['-f', '-c', '%T', directory], { encoding: 'utf8' }).trim(),
  };
}
