/** Runs small graphs, for tests. */
import { createGraph, type Graph, type GraphBuilder } from '../src/compile/graph.ts';
import { placeWeights } from '../src/runtime/place.ts';
import type { Tensor } from '../src/runtime/session.ts';
import { openSession } from '../src/runtime/session-node.ts';

export const runGraph = async (
  graph: Graph,
  inputs: Record<string, Tensor>,
): Promise<Record<string, { data: Float32Array; dims: readonly number[] }>> => {
  const session = await openSession(await placeWeights(graph), { threads: 1, weights: 'streamed' });
  try {
    return await session.run(inputs);
  } finally {
    await session.dispose();
  }
};

/** What `build` computes, as the graph's one output `out`. */
export const runOps = async (build: (g: GraphBuilder) => string, inputs: Record<string, Tensor>): Promise<Float32Array> => {
  const g = createGraph('test');
  g.output('out', build(g), 'float32', ['n']);
  return (await runGraph(g.finish(), inputs)).out.data;
};
