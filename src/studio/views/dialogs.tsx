/** What opens over the page: one at a time. */
import { dialog } from '../state/work.ts';
import { texts } from '../texts.ts';
import { KEY_GROUPS } from '../tools/keys.ts';
import { Dialog } from './dialog.tsx';
import { EncodersDialog } from './encoders-dialog.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { LabelsDialog } from './labels.tsx';
import { NamingDialog } from './naming-dialog.tsx';
import { ProjectDialog } from './project.tsx';
import { Pickers } from './welcome.tsx';

/** As it stands on a keyboard: a capital letter is one with Shift. */
const shownKey = (key: string): string =>
  /^[A-Z]$/.test(key)
    ? `Shift+${key}`
    : key
        .replace('Mod+', 'Ctrl+')
        .replace(/Arrow(?=Left|Right|Up|Down)/, '')
        .replace(/(?<=^|\+)[a-z]$/, (letter) => letter.toUpperCase());

const { gestures } = texts;

const KeyTable = ({ caption, rows }: { caption: string; rows: readonly (readonly [keys: readonly string[], what: string])[] }) => (
  <table class="keys">
    <caption>{caption}</caption>
    <thead class="unseen">
      <tr>
        <th scope="col">{texts.key}</th>
        <th scope="col">{texts.whatItDoes}</th>
      </tr>
    </thead>
    <tbody>
      {rows.map(([keys, what]) => (
        <tr key={what}>
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
);

/** Keys of single parts of the page, and what is done without keys. */
const GESTURES = [
  [gestures.onPicture, gestures.walk],
  [gestures.inList, gestures.list],
  [gestures.byPointer, gestures.pointer],
] as const;

const KeySheet = () => (
  <Dialog title={texts.help}>
    <p class="help">{gestures.everywhere}</p>
    <div class="key-groups">
      {KEY_GROUPS.map(({ name, rows }) => (
        <KeyTable key={name} caption={name} rows={rows.map(({ keys, what }) => [keys, what])} />
      ))}
      {GESTURES.map(([name, rows]) => (
        <KeyTable key={name} caption={name} rows={rows.map(([key, what]) => [[key], what])} />
      ))}
    </div>
  </Dialog>
);

const OpenDialog = () => (
  <Dialog title={texts.open}>
    <p>{texts.dropHint}</p>
    <Pickers />
  </Dialog>
);

const DIALOG_VIEWS = {
  keys: KeySheet,
  open: OpenDialog,
  export: ExportDialog,
  project: ProjectDialog,
  labels: LabelsDialog,
  encoders: EncodersDialog,
  naming: NamingDialog,
} as const;

export const Dialogs = () => {
  const View = DIALOG_VIEWS[dialog.value as keyof typeof DIALOG_VIEWS];
  return View ? <View /> : null;
};
