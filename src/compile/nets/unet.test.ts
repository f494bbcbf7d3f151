import { describe, expect, it } from 'vitest';
import { folderOf } from '../../../test/pipelines.ts';
import { folderFiles } from '../../files/source-node.ts';
import { folderPipeline } from '../../weights/pipeline.ts';
import { ELEMENT, type Graph, type Precision } from '../graph.ts';
import { compileUnet } from './unet.ts';

const compile = async (precision: Precision, told: { upcast_attention?: boolean | null }, kind = 'sd1'): Promise<Graph> => {
  const pipeline = folderPipeline(folderFiles(folderOf(kind)));
  return compileUnet(await pipeline.weights('unet'), { ...(await pipeline.config('unet')), ...told }, precision).graph;
};

/** Of each attention, the types that its queries, keys and values were cast to just before; 0 where they were not. */
const castsBefore = ({ nodes }: Graph): number[][] => {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  return nodes
    .filter(({ type }) => type === 'MultiHeadAttention')
    .map(({ inputs }) =>
      inputs.map((input) => {
        const node = maker.get(maker.get(input)?.inputs[0] ?? ''); // past what adds the batch
        return node?.type === 'Cast' ? Number(node.attributes.to) : 0;
      }),
    );
};

describe('"upcast_attention"', () => {
  it('is attention in single precision where all else is in halves', async () => {
    const [without, asked] = [await compile('float16', { upcast_attention: false }), await compile('float16', { upcast_attention: true })];
    expect(
      castsBefore(without)
        .flat()
        .every((to) => to === 0),
    ).toBe(true);
    expect(castsBefore(asked).length).toBeGreaterThan(1);
    expect(
      castsBefore(asked)
        .flat()
        .every((to) => to === ELEMENT.float32),
    ).toBe(true);
  });

  it('changes nothing in single precision', async () => {
    expect((await compile('float32', { upcast_attention: true })).nodes).toEqual((await compile('float32', { upcast_attention: null })).nodes);
  });

  it("is what sd-2.1's kind has", async () => {
    expect(castsBefore(await compile('float16', {}, 'sd2')).flat()).toContain(ELEMENT.float32);
    expect(castsBefore(await compile('float16', {}, 'sd1')).flat()).not.toContain(ELEMENT.float32);
  });
});
