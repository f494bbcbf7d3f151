/** A host's address, judged where it is connected to: a name cannot answer otherwise in between. */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { isPrivate } from './addresses-node.ts';

/** What knows of hosts and addresses; a test has its own. */
export interface Network {
  lookup(host: string, options: LookupOptions & { all: true }, done: (error: Error | null, found: LookupAddress[]) => void): void;
  isPrivate(address: string): boolean;
}
export const SYSTEM: Network = { lookup: systemLookup, isPrivate };

type Done = (error: Error | null, found: string | LookupAddress[], family?: number) => void;

/** `lookup` of undici's `connect`. @param judge is told what a host's name stands for; what it throws keeps it from being connected to */
export const judgedLookup =
  ({ lookup }: Network, judge: (addresses: string[], host: string) => void) =>
  (host: string, options: LookupOptions, done: Done): void =>
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, []);
      try {
        judge(
          found.map(({ address }) => address),
          host,
        );
      } catch (refused) {
        return done(refused as Error, []);
      }
      return options.all ? done(null, found) : done(null, found[0].address, found[0].family);
    });

/** The address that a URL names without a lookup, in a list; an empty one for a name. */
export const literalOf = ({ hostname }: URL): string[] => {
  const literal = hostname.replace(/^\[|\]$/g, '');
  return isIP(literal) ? [literal] : [];
};
