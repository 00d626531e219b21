// Builds the page into ../built: `npm ci && npm run build`. Only for who changes it; users take what is built.
import { build } from 'esbuild';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

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
  plugins: [
    { name: 'fonts-of-the-system', setup: withoutFonts },
    { name: 'no-inline-style', setup: withoutInlineStyle },
  ],
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
  const { version, license, author, repository } = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
  const file = (await readdir(join(here, folder))).find((each) => /^(licen[cs]e|copying)/i.test(each));
  const text = file ? await readFile(join(here, folder, file), 'utf8') : standard(license, author ?? repository);
  licences.push(`${'='.repeat(80)}\n${name} ${version} (${license})\n${'='.repeat(80)}\n\n${text.trim()}\n`);
}
// GraphiQL's style sheet holds fonts, with licences of their own and most of its size; the system's do.
function withoutFonts({ onLoad }) {
  onLoad({ filter: /graphiql\/dist\/style\.css$/ }, async ({ path }) => {
    const text = await readFile(path, 'utf8');
    return { contents: text.replace(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' };
  });
}

// Dialogs write a style element to keep the page behind them from scrolling, which the policy forbids and which a page
// that never scrolls does without.
function withoutInlineStyle({ onResolve, onLoad }) {
  onResolve({ filter: /^react-remove-scroll-bar$/ }, () => ({ path: 'scroll-bar', namespace: 'none' }));
  onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export const RemoveScrollBar = () => null;' }));
}

// The text of the licence that a package names without holding it.
function standard(license, holder) {
  if (license !== 'MIT') throw new Error(`A text of the licence ${license} is needed.`);
  return `Copyright (c) ${holder?.name ?? holder?.url ?? holder}\n\n${MIT}`;
}

await writeFile(join(here, '..', 'LICENCES.txt'), licences.join('\n'));
