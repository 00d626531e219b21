// Builds the page into ../built: `npm ci && npm run build`. Only for who changes it; users take what is built.
import { build } from 'esbuild';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, '..', 'built');

await rm(built, { recursive: true, force: true });
await mkdir(built, { recursive: true });
const { metafile } = await build({
  entryPoints: [join(here, 'main.jsx')],
  outdir: built,
  entryNames: 'page-[hash]',
  assetNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['chrome109', 'firefox115', 'safari16'],
  jsx: 'automatic',
  legalComments: 'none', // told in LICENCES.txt instead
  define: { 'process.env.NODE_ENV': '"production"' },
  metafile: true,
});

const names = Object.keys(metafile.outputs).map((each) => basename(each));
const page = await readFile(join(here, 'index.html'), 'utf8');
await writeFile(
  join(built, 'index.html'),
  page
    .replace('{{css}}', names.find((each) => each.endsWith('.css')))
    .replace('{{js}}', names.find((each) => each.endsWith('.js'))),
);

// Every package of which a file was taken, with its version and licence.
const packages = new Map();
for (const input of Object.keys(metafile.inputs)) {
  const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
  if (match) packages.set(match[1], input.slice(0, match.index + match[0].length));
}
const licences = [];
for (const [name, folder] of [...packages].sort()) {
  const { version, license } = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(here, folder))).find((each) => /^(licen[cs]e|copying)/i.test(each));
  const text = file ? await readFile(join(here, folder, file), 'utf8') : 'The package holds no licence text.';
  licences.push(`${'='.repeat(80)}\n${name} ${version} (${license})\n${'='.repeat(80)}\n\n${text.trim()}\n`);
}
await writeFile(join(here, '..', 'LICENCES.txt'), licences.join('\n'));
