/** The project's file: how it is saved, and what happens to what is open when one is opened. */
import { useState } from 'preact/hooks';
import { answer, doing, saveProject, stopProject, waiting } from '../state/project.ts';
import { texts } from '../texts.ts';
import { Dialog } from './dialog.tsx';
import { Button, Group } from './parts.tsx';

const { project } = texts;

/** How far a project is that is being saved or opened. */
export const Doing = () => {
  const { value: at } = doing;
  if (!at) return null;
  return (
    <div class="exporting">
      <p role="status">{at.text}</p>
      <progress aria-label={at.text} max={1} value={at.share} />
      <Button text={texts.exporting.stop} wide onClick={stopProject} />
    </div>
  );
};

export const SaveProject = () => {
  const [name, setName] = useState('diffcut');
  return (
    <Group legend={project.title}>
      <p class="help">{project.help}</p>
      {doing.value ? (
        <Doing />
      ) : (
        <div class="actions">
          <input
            type="text"
            class="project-name"
            aria-label={project.name}
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button text={project.save} wide onClick={() => void saveProject(name)} />
        </div>
      )}
    </Group>
  );
};

export const ProjectDialog = () => (
  <Dialog title={project.question(waiting.value?.name ?? '')}>
    <p>{project.choice}</p>
    <div class="actions">
      <Button text={project.add} wide class="primary" onClick={() => answer('add')} />
      <Button text={project.replace} wide onClick={() => answer('replace')} />
      <Button text={texts.exporting.cancel} wide onClick={() => answer(undefined)} />
    </div>
  </Dialog>
);
