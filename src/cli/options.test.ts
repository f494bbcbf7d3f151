import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COHERENCE, COMPARE, ENCODER, PARTITION, READING, REFINE, SEGMENT, type Specs } from '../toolkit.ts';
import { optionsOf } from './options.ts';
import { createProgram } from './program.ts';

/** Options of the library that a command does not take, and why. */
const LEFT_OUT: Record<string, Record<string, string>> = {
  segment: { treeTau: 'a picture is drawn once: its granularity says how loose the tree is built' },
  partition: { treeTau: 'the command cuts once: tau, or what a price wants, says how loose the tree is built' },
};

const TAKES: readonly (readonly [string, Specs])[] = [
  ['segment', SEGMENT],
  ['encode', ENCODER],
  ['partition', PARTITION],
  ['refine', REFINE],
  ['coherence', COHERENCE],
  ['coherence', ENCODER],
  ['compare', COMPARE],
  ['compare', ENCODER],
  ['compare', READING],
];

const commandOf = (name: string): Command => createProgram().commands.find((command) => command.name() === name) as Command;

describe('options of the command line', () => {
  it.each(TAKES)('of %s: all of its table', (name, table) => {
    const taken = commandOf(name).options.map((option) => option.attributeName());
    expect(Object.keys(table).filter((key) => !taken.includes(key) && !LEFT_OUT[name]?.[key])).toEqual([]);
  });

  it.each(TAKES.map(([name]) => name))('of %s: each in its help, or in what that names', (name) => {
    const command = commandOf(name);
    const short = command.helpInformation();
    const hidden = command.options.filter((option) => option.hidden);
    expect(short.includes('--help-all')).toBe(hidden.length > 0);
    for (const option of hidden) option.hideHelp(false);
    const full = command.helpInformation();
    for (const option of command.options) expect(full).toContain(option.flags);
  });

  it('of eval are told without the name of its hidden command', () => {
    const segments = commandOf('eval').commands.find((own) => own.name() === 'segments') as Command;
    expect(segments.helpInformation()).toMatch(/^Usage: diffcut eval \[options\]\n/);
  });

  it('of one of a few words have a guess', () => {
    const refine = commandOf('eval')
      .commands.find((own) => own.name() === 'openvoc')
      ?.options.find(({ long }) => long === '--refine');
    expect(() => refine?.parseArg?.('edge', undefined)).toThrow('Expected one of pamr, edges, vote, none: did you mean "edges"?');
    expect(refine?.parseArg?.('edges', undefined)).toBe('edges');
  });

  it('are written and checked as the table says', () => {
    const number = { default: 0.5, wanted: 'a number from 0 to 2', accepts: (v: unknown) => v === 1, help: 'how loose', range: [0, 2] as const };
    const flag = { default: false, wanted: 'true or false', accepts: (v: unknown) => typeof v === 'boolean', help: 'so or not' };
    const names = { default: 'a', wanted: 'one of a, b', accepts: (v: unknown) => v === 'a', help: 'which', values: ['a', 'b'] };
    const [loose, so, which] = optionsOf({ howLoose: number, so: flag, which: names });
    expect([loose.flags, loose.description]).toEqual(['--how-loose <0..2>', 'how loose (default: 0.5)']);
    expect([so.flags, so.description]).toEqual(['--so', 'so or not']);
    expect([which.flags, which.description]).toEqual(['--which <name>', 'which: a, b (default: a)']);
    expect(loose.parseArg?.('1', undefined)).toBe(1);
    expect(() => loose.parseArg?.('3', undefined)).toThrow('Expected a number from 0 to 2.');
    expect(optionsOf({ so: { ...flag, default: true } }).map((option) => option.flags)).toEqual(['--no-so']);
    expect(optionsOf({ so: { ...flag, default: undefined } }).map((option) => option.flags)).toEqual(['--so', '--no-so']);
  });
});
