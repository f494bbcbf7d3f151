/** What opens over the page: one at a time. */
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import { KEYS } from '../tools/keys.ts';
import { Dialog } from './dialog.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { Pickers } from './welcome.tsx';

const shownKey = (key: string): string => key.replace('Mod+', 'Ctrl+').replace('Arrow', '');

const KeySheet = () => (
  <Dialog title={texts.help}>
    <table class="keys">
      <thead class="unseen">
        <tr>
          <th scope="col">{texts.key}</th>
          <th scope="col">{texts.whatItDoes}</th>
        </tr>
      </thead>
      <tbody>
        {KEYS.map(({ keys, what }) => (
          <tr key={keys[0]}>
            <td>
              {keys.map((key) => (
                <kbd key={key}>{shownKey(key)}</kbd>
              ))}
            </td>
            <td>{what}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Dialog>
);

const OpenDialog = () => (
  <Dialog title={texts.open}>
    <p>{texts.dropHint}</p>
    <Pickers />
  </Dialog>
);

const DIALOG_VIEWS = { keys: KeySheet, open: OpenDialog, export: ExportDialog } as const;

export const Dialogs = () => {
  const View = DIALOG_VIEWS[dialog.value as keyof typeof DIALOG_VIEWS];
  return View ? <View /> : null;
};
