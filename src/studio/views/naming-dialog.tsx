/** What names are suggested by: a model, the words that it may choose from, and the pictures. */
import { addNamer, namers, pullableNamers } from '../state/encoders.ts';
import { choose, file, keyOf, missing, namerNow, openVocabulary, scope, source, suggest, VOCABULARIES } from '../state/naming.ts';
import { classes, items } from '../state/work.ts';
import { texts } from '../texts.ts';
import { AddingNow, FolderButton, Pullable } from './add-model.tsx';
import { Dialog } from './dialog.tsx';
import { Button, Group } from './parts.tsx';

const { naming, exporting } = texts;

const WHERE = { page: texts.thisPage, computer: texts.thisComputer } as const;

const add = (picked: Parameters<typeof addNamer>[0] | undefined): void => {
  if (picked) void addNamer(picked).then((added) => added && choose(keyOf(added)));
};

const Model = () => {
  const { value: now } = namerNow;
  return (
    <Group legend={naming.model}>
      {now ? (
        <>
          <select aria-label={naming.model} value={keyOf(now)} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {namers.value.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {naming.choose(one.name, WHERE[one.where])}
              </option>
            ))}
          </select>
          <p class="help">{now.note || now.what}</p>
        </>
      ) : (
        <p>{naming.noModel}</p>
      )}
      <Pullable names={pullableNamers.value} title={naming.more(pullableNamers.value.length)} />
      <AddingNow />
      <FolderButton text={naming.add} onPick={add} />
      <p class="help">{naming.addHelp}</p>
    </Group>
  );
};

const Words = () => (
  <Group legend={naming.words}>
    <select
      aria-label={naming.words}
      value={source.value}
      onChange={({ currentTarget }) => {
        source.value = currentTarget.value;
      }}
    >
      <option value="classes">{naming.classes(classes.value.length)}</option>
      {VOCABULARIES.map((name) => (
        <option key={name} value={name}>
          {naming.vocabularies[name]}
        </option>
      ))}
      {file.value && <option value="file">{naming.file(file.value.name, file.value.classes.length)}</option>}
    </select>
    <label class="button wide">
      <input
        type="file"
        accept=".txt,.names,.csv,text/plain"
        class="unseen"
        onChange={({ currentTarget }) => {
          void openVocabulary(currentTarget.files?.[0]);
          currentTarget.value = ''; // the same file may be chosen again
        }}
      />
      <span>{naming.openFile}</span>
    </label>
    <p class="help">{naming.fileHelp}</p>
  </Group>
);

const Scope = () => (
  <Group legend={naming.scope}>
    {(['this', 'all'] as const).map((name) => (
      <label class="check" key={name}>
        <input
          type="radio"
          name="naming-scope"
          checked={scope.value === name}
          onChange={() => {
            scope.value = name;
          }}
        />
        <span>{exporting.scopes[name](items.value.length)}</span>
      </label>
    ))}
  </Group>
);

export const NamingDialog = () => (
  <Dialog title={naming.title}>
    <p class="help">{naming.help}</p>
    <div class="naming">
      <Words />
      <Model />
      <Scope />
    </div>
    <div class="actions last">
      <Button icon="guess" text={naming.start} wide class="primary" why={missing.value} onClick={() => void suggest()} />
      {missing.value && <span class="help">{missing.value}</span>}
    </div>
  </Dialog>
);
