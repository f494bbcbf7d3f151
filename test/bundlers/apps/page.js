// A page's program, bundled. `look` gives what the package gives, or the error's text.
import { openEncoder, segment, setAssets } from 'diffcut';

const run = async ({ picture, assets, worker }) => {
  if (assets) setAssets(assets);
  const blob = await (await fetch(picture)).blob();
  const encoder = await openEncoder('embedded', { size: 96, worker });
  const { segments } = await segment(blob, { encoder });
  await encoder.dispose();
  return `${segments.length} segments on ${encoder.device}`;
};

globalThis.look = (options) => run(options).catch((error) => `${error.name} ${error.code}: ${error.message}`);
