// A program for Node, bundled: prints what the package gives. Arguments: a picture, and where the package's files are.
import { encodeAllRles, openEncoder, segment, setAssets } from 'diffcut';

const [picture, assets, worker] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);

const run = async () => {
  const rles = await encodeAllRles({ data: Int32Array.of(0, 1), width: 2, height: 1 });
  say(`${rles.size} masks`);
  if (assets) setAssets(assets);
  const encoder = await openEncoder('embedded', { size: 96, ...(worker && { worker: true }) });
  const { segments } = await segment(picture, { encoder });
  await encoder.dispose();
  return `${segments.length} segments on ${encoder.device}`;
};

run().then(say, (error) => say(`${error.name} ${error.code}: ${error.message}`));
