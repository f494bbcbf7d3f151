import { describe, expect, it } from 'vitest';
import { isPrivate } from './addresses-node.ts';

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '10.9.8.7',
    '100.64.0.1',
    '172.31.0.1',
    '192.168.1.1',
    '192.88.99.1',
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
  ])('%s is private, by all ways that lead there', (address) =>
    expect(['', '::ffff:', '64:ff9b::', '::ffff:0:'].filter((way) => !isPrivate(way + address))).toEqual([]),
  );
  it.each([
    '::',
    '::1',
    '::127.0.0.1',
    'fc00::1',
    'fd12::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:1ff:ffff::1',
    '2001:20::1',
    '3fff:fff:1::1',
    '5f00::1',
    '::ffff:7f00:1',
  ])('%s is private', (address) => expect(isPrivate(address)).toBe(true));
  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '100.63.0.1',
    '100.128.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '192.88.98.1',
    '2001:200::1',
    '2606:4700::1111',
    '3ffe::1',
    '4000::1',
    '5eff::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '::ffff:0:8.8.8.8',
  ])('%s is public', (address) => expect(isPrivate(address)).toBe(false));
});
