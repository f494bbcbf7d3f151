/** What is taken home: formats of pictures, as files or beside them, and copies. */
import { SETS } from 'diffcut/export';
import { SUFFIXES } from '../formats.ts';
import {
  canBeBeside,
  chosen,
  conflict,
  copyRecipe,
  copyView,
  formats,
  hasLarge,
  inScope,
  report,
  running,
  SCOPES,
  save,
  saveBeside,
  scope,
  sets,
  stop,
  toggleFormat,
  toggleSet,
} from '../state/export.ts';
import { regions, selection } from '../state/work.ts';
import { texts } from '../texts.ts';
import { Dialog } from './dialog.tsx';
import { Button, Group } from './parts.tsx';
import { SaveProject } from './project.tsx';

const { exporting, copying } = texts;

const Scopes = () => (
  <Group legend={exporting.pictures}>
    {SCOPES.map((name) => (
      <label class="check" key={name}>
        <input
          type="radio"
          name="scope"
          checked={scope.value === name}
          disabled={inScope(name).length === 0}
          onChange={() => {
            scope.value = name;
          }}
        />
        <span>{exporting.scopes[name](inScope(name).length)}</span>
      </label>
    ))}
  </Group>
);

const Formats = () => (
  <Group legend={exporting.formats}>
    {Object.entries(SUFFIXES).map(([name, suffix]) => {
      const { name: title, help } = exporting.what[name] ?? { name, help: '' };
      return (
        <label class="check format" key={name}>
          <input type="checkbox" checked={formats.value.includes(name)} onChange={() => toggleFormat(name)} />
          <span>
            {title} <span class="default">{suffix}</span>
            <span class="help">{help}</span>
          </span>
        </label>
      );
    })}
    <p class="help">{[exporting.hidden, hasLarge.value && exporting.large].filter(Boolean).join(' ')}</p>
  </Group>
);

const Sets = () => (
  <Group legend={exporting.together}>
    {Object.entries(SETS).map(([name, { path, isFolder }]) => {
      const { name: title, help } = exporting.sets[name] ?? { name, help: '' };
      return (
        <label class="check set" key={name}>
          <input type="checkbox" checked={sets.value.includes(name)} onChange={() => toggleSet(name)} />
          <span>
            {title} <span class="default">{isFolder ? `${path}/` : path}</span>
            <span class="help">{help}</span>
          </span>
        </label>
      );
    })}
    {canBeBeside.value && <p class="help">{exporting.setsInZip}</p>}
  </Group>
);

const Names = ({ names }: { names: readonly string[] }) => (
  <ul class="names" tabIndex={0} aria-label={exporting.formats}>
    {names.map((name) => (
      <li key={name}>{name}</li>
    ))}
  </ul>
);

const Conflict = () => {
  const { value } = conflict;
  if (!value) return null;
  return (
    <div class="question" role="alertdialog" aria-label={exporting.there(value.names.length)}>
      <p>{exporting.there(value.names.length)}</p>
      <Names names={value.names} />
      <div class="actions">
        <Button text={exporting.both} wide onClick={() => value.answer('both')} />
        <Button text={exporting.replace} wide onClick={() => value.answer('replace')} />
        <Button text={exporting.cancel} wide onClick={() => value.answer(undefined)} />
      </div>
    </div>
  );
};

const Report = () => {
  const { written, failed } = report.value ?? { written: [], failed: [] };
  return (
    <div role="status">
      {written.length > 0 && (
        <details open={written.length < 9}>
          <summary>{exporting.written(written.length)}</summary>
          <Names names={written} />
        </details>
      )}
      {failed.length > 0 && (
        <>
          <p class="problem">{exporting.failed(failed.length)}</p>
          <Names names={failed.map(({ name, problem }) => `${name}: ${problem}`)} />
        </>
      )}
    </div>
  );
};

const Save = () => {
  const { value: at } = running;
  const isReady = chosen.value.length > 0 && formats.value.length + sets.value.length > 0;
  if (at && !conflict.value)
    return (
      <div class="exporting">
        <p role="status">{exporting.at(at.name, at.done, at.total)}</p>
        <progress aria-label={exporting.title} max={at.total} value={at.done} />
        <Button text={exporting.stop} wide onClick={stop} />
      </div>
    );
  if (conflict.value) return <Conflict />;
  return (
    <>
      <div class="actions last">
        <Button icon="export" text={exporting.save} wide class="primary" disabled={!isReady} onClick={() => void save()} />
        {canBeBeside.value && (
          <Button text={exporting.beside} wide disabled={!isReady || formats.value.length === 0} onClick={() => void saveBeside()} />
        )}
        {!isReady && <span class="help">{chosen.value.length === 0 ? exporting.noPicture : exporting.noFormat}</span>}
      </div>
      <Report />
    </>
  );
};

const Copies = () => (
  <Group legend={copying.title}>
    <div class="actions">
      <Button text={copying.overlay} wide disabled={!regions.value} onClick={() => copyView('overlay')} />
      <Button text={copying.cutout} wide disabled={selection.value.size === 0} onClick={() => copyView('cutout')} />
      <Button text={copying.command} wide onClick={() => copyRecipe('command')} />
      <Button text={copying.typescript} wide onClick={() => copyRecipe('typescript')} />
    </div>
    <p class="help">{copying.help}</p>
  </Group>
);

export const ExportDialog = () => (
  <Dialog title={exporting.title}>
    <Scopes />
    <Formats />
    <Sets />
    <Save />
    <Copies />
    <SaveProject />
  </Dialog>
);
