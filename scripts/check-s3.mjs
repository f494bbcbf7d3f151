/**
 * Pictures and outputs on a real S3-compatible server, which the environment names, through the built command line:
 *
 *   pip install 'moto[server]' && moto_server -p 5000 &
 *   AWS_ENDPOINT_URL_S3=http://localhost:5000 AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b \
 *     node scripts/check-s3.mjs bucket
 *
 * The bucket is made where it is missing; what is put stays, below a prefix of its own.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const Bucket = process.argv[2] ?? 'diffcut-check';
const prefix = `check ${new Date().toISOString()} ä+&/`;
const folder = mkdtempSync(join(tmpdir(), 'diffcut-s3-'));
const FORMATS = 'labels,overlay,npy,svg,masks,cutouts';

const segment = (source, output, ...more) => {
  const args = ['segment', source, '-o', output, '--recursive', '--format', FORMATS, '--size', '256', '--jobs', '2', ...more];
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { encoding: 'utf8' });
  return { status, stderr };
};
const on = (name) => `s3://${Bucket}/${prefix}${name}/`;
const at = (name) => join(folder, name);
const step = (title, { status, stderr }, code, pattern) => {
  assert.equal(status, code, `${title}: ${stderr}`);
  assert.match(stderr, pattern, title);
  console.log(`ok  ${title}`);
};

const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL_S3 !== undefined });
await client.send(new CreateBucketCommand({ Bucket })).catch((error) => assert.match(error.name, /^Bucket/));
const NAMES = ['coffee.jpg', 'rocket.jpg', 'deeper/chelsea.jpg'];
for (const name of NAMES) {
  const Body = readFileSync(join(ROOT, 'photos', name.replace(/.*\//, '')));
  await client.send(new PutObjectCommand({ Bucket, Key: `${prefix}in/${name}`, Body }));
}

step('S3 to a disk', segment(on('in'), at('there')), 0, /3 pictures/);
step('S3 to S3', segment(on('in'), on('out')), 0, /3 pictures/);
step('what is finished is skipped', segment(on('in'), on('out'), '--resume'), 0, /3 pictures skipped/);
step('or refused', segment(on('in'), on('out')), 1, /exists: --overwrite replaces it/);
step('as is what was made otherwise', segment(on('in'), on('out'), '--resume', '--price', '0.1'), 1, /was made otherwise/);
step('--overwrite', segment(on('in'), on('out'), '--overwrite'), 0, /3 pictures/);
step('outputs are no inputs', segment(`s3://${Bucket}/${prefix}`, on('again')), 0, /3 pictures/);
step('no bucket', segment(on('in'), 's3://diffcut-has-no-such-bucket/'), 1, /in a bucket that does not exist/);

const files = readdirSync(at('there'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
for (const { parentPath, name } of files) {
  const path = join(parentPath, name);
  const Key = `${prefix}out/${relative(at('there'), path).replaceAll(sep, '/')}`;
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  assert(readFileSync(path).equals(await Body.transformToByteArray()), Key);
}
console.log(`ok  ${files.length} outputs are the same bytes on the disk and on S3`);
rmSync(folder, { recursive: true });
