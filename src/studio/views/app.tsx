/** The page: header, tools, stage, panel, strip. What fits beside each other stands beside each other; else one below the other. */
import { openFiles } from '../state/open.ts';
import { dialog, items, mode, shown } from '../state/work.ts';
import { Coherence } from './coherence.tsx';
import { CoherencePanel } from './coherence-panel.tsx';
import { ComparePanel } from './compare-panel.tsx';
import { Concepts } from './concepts.tsx';
import { ConceptsPanel } from './concepts-panel.tsx';
import { Dialogs } from './dialogs.tsx';
import { Header } from './header.tsx';
import { NoticeBar } from './notice.tsx';
import { Panel } from './panel.tsx';
import { Doing } from './project.tsx';
import { ProposalBar } from './proposal.tsx';
import { Stage } from './stage.tsx';
import { StatusLine } from './status.tsx';
import { Strip } from './strip.tsx';
import { Toolbar } from './toolbar.tsx';
import { Welcome } from './welcome.tsx';
import { Wipe } from './wipe.tsx';

/** Beside the stage. */
const PANELS = { regions: Panel, coherence: CoherencePanel, compare: ComparePanel, concepts: ConceptsPanel } as const;
/** Modes in which the stage is not seen. */
const OVER = ['coherence', 'concepts'];

const isFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

const over = (event: DragEvent): void => {
  if (isFiles(event)) event.preventDefault();
};
const drop = (event: DragEvent): void => {
  if (!event.dataTransfer || !isFiles(event)) return;
  event.preventDefault();
  void openFiles(event.dataTransfer);
};

export const App = () => {
  const isEmpty = items.value.length === 0;
  const Beside = PANELS[mode.value];
  return (
    <div class="app" onDragOver={over} onDrop={drop} data-mode={mode.value} data-empty={isEmpty}>
      <Header />
      <main>
        {isEmpty ? (
          <Welcome />
        ) : (
          <>
            {!OVER.includes(mode.value) && <Toolbar />}
            <div class="middle">
              <Stage key="stage" />
              {mode.value === 'coherence' && <Coherence />}
              {mode.value === 'compare' && <Wipe />}
              {mode.value === 'concepts' && <Concepts />}
              {!shown.value && <div class="shade" />}
              <ProposalBar />
              <StatusLine />
            </div>
            <Beside />
            <Strip />
          </>
        )}
      </main>
      {dialog.value !== 'export' && (
        <div class="doing">
          <Doing />
        </div>
      )}
      {dialog.value === undefined && <NoticeBar />}
      <Dialogs />
    </div>
  );
};
