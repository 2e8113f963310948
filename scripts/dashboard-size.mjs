// What a browser loads of the dashboard: at most 150 kB, packed as the server sends it, and nothing from elsewhere.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const limit = 150_000
const folder = fileURLToPath(new URL('../dist/dashboard/', import.meta.url))
const names = ['index.html', ...readdirSync(`${folder}assets`).map(n => `assets/${n}`)]
const problems = []
let bytes = 0
for (const name of names) {
  const content = readFileSync(folder + name)
  bytes += gzipSync(content, { level: 9 }).length
  const text = content.toString('utf8')
  // Names of XML are written like addresses and never asked for.
  const elsewhere = [...text.matchAll(/(?:https?:)?\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+[^\s"'`)]*/gi)].map(m => m[0]).filter(a => !/^https?:\/\/www\.w3\.org\//.test(a))
  if (elsewhere.length > 0 && /\.(html|css)$/.test(name)) problems.push(`${name} names ${elsewhere.join(', ')}`)
  if (/<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=/i.test(name.endsWith('.html') ? text : '')) problems.push(`${name} has a script or a style of its own, which the policy of the server refuses`)
}
if (bytes > limit) problems.push(`The dashboard takes ${bytes} bytes, more than ${limit}.`)
for (const p of problems) console.log(p)
if (problems.length === 0) console.log(`dashboard ok, ${Math.round(bytes / 1000)} kB`)
process.exitCode = problems.length === 0 ? 0 : 1
