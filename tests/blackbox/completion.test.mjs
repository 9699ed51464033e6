// Completion of the shells and the manual page: all that the program has is in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { before, describe, it } from 'node:test';

import { rawhaul } from './lib/command.mjs';
import { commandsFrom } from './lib/help.mjs';
import { program } from './lib/server.mjs';
import { makeTemporaryDirectory } from './lib/temporary.mjs';

const isThere = (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const sorted = (names) => [...names].sort();

function run(command, args, options) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  assert.equal(status, 0, `${command}: ${stderr}`);
  return { stdout, stderr };
}

describe('completion and manual page', () => {
  const directory = makeTemporaryDirectory('completion');
  const files = {};
  let commands;

  before(async () => {
    commands = await commandsFrom();
    for (const [name, args] of [
      ['rawhaul.bash', ['completion', 'bash']],
      ['_rawhaul', ['completion', 'zsh']],
      ['rawhaul.fish', ['completion', 'fish']],
      ['rawhaul.1', ['man-page']],
    ]) {
      const { code, stdout } = await rawhaul(args);
      assert.equal(code, 0);
      files[name] = join(directory, name);
      writeFileSync(files[name], stdout);
    }
  });

  // What bash offers for the last of these words.
  function bashOffers(words) {
    const script =
      'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rawhaul; printf "%s\\n" "${COMPREPLY[@]}"';
    const { stdout } = run('bash', ['-c', script, 'bash', files['rawhaul.bash'], ...words], { cwd: directory });
    return sorted(stdout.split('\n').filter(Boolean));
  }

  it('bash offers the commands, options and arguments of every command, and no others', () => {
    for (const { path, commands: below, options, choices } of commands) {
      const words = ['rawhaul', ...path, ''];
      const all = path.join() === 'send' ? [] : [...below, ...choices];
      if (all.length) assert.deepEqual(bashOffers(words).filter((word) => !word.startsWith('-')), sorted(all));
      assert.deepEqual(bashOffers(['rawhaul', ...path, '-']), sorted(options), path.join(' '));
    }
  });

  it('bash offers the values of an option, however it is written, and files where they are meant', () => {
    const formats = sorted(['json', 'json-lines', 'csv']);
    assert.deepEqual(bashOffers(['rawhaul', 'export', 'events', '--format', '']), formats);
    assert.deepEqual(bashOffers(['rawhaul', 'export', '--format', '=']), formats);
    assert.deepEqual(bashOffers(['rawhaul', 'export', '--format', '=', 'c']), ['csv']);
    assert.deepEqual(bashOffers(['rawhaul', 'export', '--from', '']), []);
    assert.deepEqual(bashOffers(['rawhaul', 'send', 'rawhaul.b']), ['rawhaul.bash']);
    assert.deepEqual(bashOffers(['rawhaul', 'tasks', 'list', '--config', 'rawhaul.b']), ['rawhaul.bash']);
    assert.deepEqual(bashOffers(['rawhaul', 'init', '--data', 'rawhaul.b']), []);
  });

  it('fish offers the options of every command', { skip: !isThere('fish') && 'fish is not installed' }, () => {
    for (const { path, options } of commands) {
      const line = ['rawhaul', ...path, '--'].join(' ');
      const { stdout } = run('fish', ['--no-config', '-c', `source ${files['rawhaul.fish']}; complete -C '${line}'`]);
      const offered = stdout.split('\n').map((text) => text.split('\t')[0]);
      assert.deepEqual(
        sorted(offered.filter((word) => word.startsWith('--'))),
        sorted(options.filter((option) => option.startsWith('--'))),
        line,
      );
    }
  });

  it('zsh has a specification of every option of every command', () => {
    const text = readFileSync(files._rawhaul, 'utf8');
    const sections = text.split(/^ {4}(?=\('[^'|]*'\)$)/m).slice(1);
    assert.equal(sections.length, commands.length);
    for (const { path, commands: below, options } of commands) {
      const name = ['rawhaul', ...path].join(' ');
      const section = sections.find((candidate) => candidate.startsWith(`('${name}')`));
      assert.ok(section, name);
      const specified = [...section.matchAll(/'(-[^[]+)\[/g)].map((match) => match[1]);
      assert.deepEqual(sorted(specified), sorted(options), name);
      for (const command of below) assert.ok(section.includes(`'${command}:`), `${name} ${command}`);
    }
  });

  it('the shells take their scripts', () => {
    run('bash', ['-n', files['rawhaul.bash']]);
    if (isThere('zsh')) run('zsh', ['-n', files._rawhaul]);
    if (isThere('fish')) run('fish', ['-n', files['rawhaul.fish']]);
  });

  it('the manual page has every command with its options, and man takes it', () => {
    const text = readFileSync(files['rawhaul.1'], 'utf8').replaceAll('\\-', '-');
    const sections = text.split(/^\.SS /m).slice(1);
    for (const { path, options, choices } of commands) {
      const name = ['rawhaul', ...path].join(' ');
      const section = sections.find((candidate) => candidate.startsWith(`${name}\n`));
      assert.ok(section, name);
      for (const option of options) assert.ok(section.includes(`\\fB${option}\\fR`), `${name} ${option}`);
      for (const choice of choices) assert.ok(section.includes(choice), `${name} ${choice}`);
    }
    for (const name of ['RAWHAUL_CONTAINER', 'RAWHAUL_CLIENT_SECRET', 'NO_COLOR']) assert.ok(text.includes(name));
    if (!isThere('man')) return;
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '100', MANPAGER: 'cat' };
    const { stdout, stderr } = run('man', ['--warnings', '--local-file', files['rawhaul.1']], { env });
    assert.equal(stderr, '');
    assert.match(stdout, /rawhaul export events --from 2016-04-01 --to 2016-04-30 --format csv --wait \\\n/);
  });

  it('the build has made them, and cmake installs them with the program', () => {
    const build = resolve(dirname(program()), '../..');
    const prefix = makeTemporaryDirectory('prefix');
    run('cmake', ['--install', build, '--prefix', prefix]);
    assert.ok(statSync(join(prefix, 'bin/rawhaul')).mode & 0o111);
    for (const [installed, file] of [
      ['share/man/man1/rawhaul.1', 'rawhaul.1'],
      ['share/bash-completion/completions/rawhaul', 'rawhaul.bash'],
      ['share/zsh/site-functions/_rawhaul', '_rawhaul'],
      ['share/fish/vendor_completions.d/rawhaul.fish', 'rawhaul.fish'],
    ]) {
      assert.equal(readFileSync(join(prefix, installed), 'utf8'), readFileSync(files[file], 'utf8'), installed);
    }
  });
});
