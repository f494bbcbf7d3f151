/** Where the page starts. */
import { render } from 'preact';
import { askBeforeLeaving, tellProblem } from './state/bridge.ts';
import { loadEncoders } from './state/encoders.ts';
import { keepPage } from './state/offline.ts';
import { hearPaste, openInputs } from './state/open.ts';
import { own, owner } from './state/owner.ts';
import { restore } from './state/pictures.ts';
import { hearKeys } from './tools/keys.ts';
import { App } from './views/app.tsx';
import { Elsewhere } from './views/elsewhere.tsx';
import './style.css';
import './labelling.css';
import './encoders.css';
import './concepts.css';

const VIEWS = { asking: () => null, here: App, coming: Elsewhere, elsewhere: Elsewhere, refused: Elsewhere } as const;
const Page = () => {
  const View = VIEWS[owner.value];
  return <View />;
};

render(<Page />, document.getElementById('app') as HTMLElement);
void own(() => {
  hearKeys();
  hearPaste();
  askBeforeLeaving();
  restore().then(openInputs).catch(tellProblem);
  void loadEncoders();
});
void keepPage();
