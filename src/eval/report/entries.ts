/** The drawings of a report's runs, each with its figures and with what it may be put beside. */
import type { Figure } from '../bootstrap.ts';
import { protocolFrame, setProtocol } from './evaluation.ts';
import { figuresOf } from './figures.ts';
import { labelled } from './labels.ts';
import type { Measure } from './measures.ts';
import { eachDrawing, evaluationOf, type Run } from './runs.ts';
import { isAsPublished, type Method, methodOf, setKey, setNames } from './sets.ts';

/** A drawing of a run's pictures, with its figures. */
export interface Entry {
  /** Place among the report's runs. */
  run: number;
  drawing: Run;
  /** What of the protocol is everybody's. */
  frame: string;
  /** Equal for those that may stand in one column. */
  place: string;
  /** Name of the set. */
  set: string;
  /** Of `DATASETS`, where published figures may stand beside this. */
  dataset: string | undefined;
  /** What of the protocol is the set's own. */
  protocol: string;
  method: Method;
  /** What it is called, as no other of its set is. */
  label: string;
  figures: Map<Measure, Figure>;
}

export const entriesOf = (runs: readonly Run[]): Entry[] => {
  const names = setNames(runs.map(({ settings }) => settings));
  const severalVersions = new Set(runs.map(({ settings }) => settings.version)).size > 1;
  const entries = runs.flatMap((run, at) =>
    eachDrawing(run).map((drawing) => {
      const { settings } = drawing;
      const evaluation = evaluationOf(drawing, []);
      const protocol = setProtocol(evaluation).join(', ');
      return {
        run: at,
        drawing,
        frame: protocolFrame(evaluation),
        place: `${setKey(settings)} ${protocol}`,
        set: names.get(setKey(settings)) as string,
        dataset: isAsPublished(settings) ? (settings.dataset as string) : undefined,
        protocol,
        method: methodOf(settings, severalVersions),
        figures: figuresOf(drawing),
      };
    }),
  );
  return labelled(entries);
};

/** Each run as a whole: of one that walked prices not what it is at each of them. */
export const wholeRuns = (entries: readonly Entry[], runs: readonly Run[]): Entry[] =>
  runs.map((run) => entries.find(({ drawing }) => drawing === run) as Entry);
