/** Where the page starts. */
import { render } from 'preact';
import { askBeforeLeaving, tellProblem } from './state/bridge.ts';
import { loadEncoders } from './state/encoders.ts';
import { keepPage } from './state/offline.ts';
import { hearPaste, openInputs } from './state/open.ts';
import { restore } from './state/pictures.ts';
import { hearKeys } from './tools/keys.ts';
import { App } from './views/app.tsx';
import './style.css';
import './labelling.css';
import './encoders.css';

render(<App />, document.getElementById('app') as HTMLElement);
hearKeys();
hearPaste();
askBeforeLeaving();
restore().then(openInputs).catch(tellProblem);
void loadEncoders();
void keepPage();
