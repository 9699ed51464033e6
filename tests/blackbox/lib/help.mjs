// The program's commands, as their help tells them.
import assert from 'node:assert/strict';

import { rawhaul } from './command.mjs';

function sectionOf(help, pattern) {
  return new RegExp(`\n${pattern}:\n((?: {2}.*\n)+)`).exec(help)?.[1] ?? '';
}

// All commands from `path` on: {path, help, commands, options, choices}, with the names of the commands below, of
// the options, and of the values of its arguments.
export async function commandsFrom(path = []) {
  const { code, stdout: help } = await rawhaul([...path, '--help']);
  assert.equal(code, 0);
  const commands = [...sectionOf(help, 'Subcommands').matchAll(/^ {2}(\S+)/gm)].map((match) => match[1]);
  const options = [...help.matchAll(/^ {2}(-\S+)/gm)].flatMap((match) => match[1].split(','));
  const choices = [...sectionOf(help, 'Positionals').matchAll(/\{(.*?)\}/g)].flatMap((match) => match[1].split(','));
  const below = [];
  for (const name of commands) below.push(...(await commandsFrom([...path, name])));
  return [{ path, help, commands, options, choices }, ...below];
}
