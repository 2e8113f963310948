// Builds the dashboard's page into dist/dashboard, from where the admin server takes it. Does nothing when neither its sources
// nor the packages in it have changed since the last time; --force builds anyway.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}/build/dashboard/inputs`
/** What is inside of the page. */
const bundled = ['preact', '@preact/signals', '@preact/signals-core', 'uplot', '@dagrejs/dagre', '@dagrejs/graphlib']
const packages = ['vite', ...bundled]

const hash = createHash('sha256')
const files = readdirSync(`${root}/dashboard`, { recursive: true, withFileTypes: true })
for (const path of files.filter(f => f.isFile()).map(f => `${f.parentPath}/${f.name}`).sort()) hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path))
for (const name of packages) hash.update(`${name} ${JSON.parse(readFileSync(`${root}/node_modules/${name}/package.json`, 'utf8')).version}\n`)
const inputs = hash.digest('hex')

const isBuilt = existsSync(stamp) && existsSync(`${root}/dist/dashboard/index.html`) && readFileSync(stamp, 'utf8') === inputs
if (!isBuilt || process.argv.includes('--force')) {
  const { build } = await import('vite')
  await build({ configFile: `${root}/dashboard/vite.config.mjs` })
  // Their licences ask that their texts go with them.
  writeFileSync(`${root}/dist/dashboard/LICENSES.txt`, bundled.map(name => `${name}\n\n${readFileSync(`${root}/node_modules/${name}/LICENSE`, 'utf8').trim()}\n`).join(`\n${'-'.repeat(80)}\n\n`))
  mkdirSync(`${root}/build/dashboard`, { recursive: true })
  writeFileSync(stamp, inputs)
}
