/** The cut tree: the whole picture at the top, what it falls apart into below; lit on the stage, walked by arrows, split and joined. */
import { useEffect, useRef } from 'preact/hooks';
import { branchAt, currentNode, nodeTowards, openTree, selectNode, tree, turnNode } from '../state/tree.ts';
import { litNode, regions } from '../state/work.ts';
import { texts } from '../texts.ts';
import type { TreeBranch, TreeView } from '../types.ts';
import { Button } from './parts.tsx';
import { layoutOf, type Place, WIDTH } from './tree-layout.ts';

/** Room that a value needs to be written. */
const ROOM = { width: 27, height: 11 };

const told = ({ share, at, value, state, regions: ids }: TreeBranch, { way, measure }: TreeView): string => {
  const { tree: say } = texts;
  return [
    say.share(share),
    say.states[state](ids.length),
    ...(value === undefined ? [] : [say[measure](value)]),
    at === undefined ? say.whole : say.at(texts.settings[way].name.toLowerCase(), at),
  ].join(', ');
};

const colourOf = ({ branches }: TreeView, index: number): string | undefined => {
  for (let at = index; at >= 0; at = branches[at].parent) {
    const row = branches[at].state === 'region' && regions.value?.rows.find(({ id }) => id === branches[at].regions[0]);
    if (row) return `rgb(${row.colour.join(' ')})`;
  }
  return undefined;
};

const light = (node: number): void => {
  litNode.value = node;
};
const toNode = (node: number): void => {
  currentNode.value = node;
  light(node);
};

const Cell = ({ view, index, place }: { view: TreeView; index: number; place: Place }) => {
  const branch = view.branches[index];
  const { node, state } = branch;
  return (
    <g
      id={`node-${node}`}
      class="node"
      role="treeitem"
      aria-level={levelOf(view, index)}
      aria-label={told(branch, view)}
      aria-selected={currentNode.value === node}
      tabIndex={currentNode.value === node ? 0 : -1}
      data-state={state}
      data-lit={litNode.value === node}
      onPointerEnter={() => light(node)}
      onFocus={() => toNode(node)}
      onClick={() => {
        document.getElementById(`node-${node}`)?.focus();
        selectNode(node);
      }}
      onDblClick={() => void turnNode(node)}
    >
      <rect {...place} fill={state === 'split' ? undefined : colourOf(view, index)} />
    </g>
  );
};

const Value = ({ value, place: { x, y, width, height } }: { value: number | undefined; place: Place }) =>
  value === undefined || width < ROOM.width || height < ROOM.height ? null : (
    <text class="node-value" x={x + width / 2} y={y + height / 2}>
      {value.toFixed(2)}
    </text>
  );

const levelOf = ({ branches }: TreeView, index: number): number => {
  let level = 1;
  for (let at = branches[index].parent; at >= 0; at = branches[at].parent) level++;
  return level;
};

const press = (event: KeyboardEvent): void => {
  const isTurn = event.key === 'Enter' || event.key === ' ';
  const next = nodeTowards(event.key);
  if ((!isTurn && !event.key.startsWith('Arrow')) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (isTurn) void turnNode(currentNode.value);
  else if (next !== undefined) document.getElementById(`node-${next}`)?.focus();
};

const Drawing = ({ view }: { view: TreeView }) => {
  const { places, height, now } = layoutOf(view);
  const ref = useRef<HTMLDivElement>(null);
  const had = useRef(false);
  useEffect(() => {
    // the node that had the focus may be gone
    if (had.current && !ref.current?.contains(document.activeElement)) document.getElementById(`node-${currentNode.value}`)?.focus();
  }, [view]);
  return (
    <div
      ref={ref}
      class="tree"
      role="tree"
      aria-label={texts.tree.name}
      onKeyDown={press}
      onFocusIn={() => {
        had.current = true;
      }}
      onPointerLeave={() => {
        litNode.value = ref.current?.contains(document.activeElement) ? currentNode.value : undefined;
      }}
      onFocusOut={({ relatedTarget }) => {
        had.current = relatedTarget === null;
        if (!ref.current?.contains(relatedTarget as Node | null)) litNode.value = undefined;
      }}
    >
      <svg viewBox={`-1 -1 ${WIDTH + 2} ${height + 2}`} role="presentation">
        {view.branches.map(({ node }, index) => (
          <Cell key={node} view={view} index={index} place={places[index]} />
        ))}
        <line class="tree-now" x1="0" x2={WIDTH} y1={now} y2={now} />
        {view.branches.map((branch, index) => (
          <Value key={branch.node} value={branch.value} place={places[index]} />
        ))}
      </svg>
    </div>
  );
};

const ACTIONS = { split: 'join', region: 'split', within: 'split', lost: 'split' } as const;

export const TreeTab = () => {
  useEffect(openTree, []);
  const { value: view } = tree;
  if (!view) return <p class="help">{regions.value ? texts.tree.waiting : texts.noRegionsYet}</p>;
  const branch = branchAt(litNode.value ?? currentNode.value) ?? view.branches[0];
  return (
    <>
      <div class="tree-head">
        <p class="tree-told">{told(branch, view)}</p>
        <Button
          icon={branch.state === 'split' ? 'merge' : 'deeper'}
          text={texts.tree[ACTIONS[branch.state]]}
          wide
          keys="Enter"
          onClick={() => void turnNode(branch.node)}
        />
      </div>
      <Drawing view={view} />
      <p class="help">{texts.tree.help(texts.tree.measures[view.measure], `${texts.settings[view.way].name.toLowerCase()} ${view.now}`)}</p>
    </>
  );
};
