import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(process.argv[2], 'events')
const buffer = new Uint8Array(1024 * 1024)
const start = performance.now()
let bytes = 0
for (const name of readdirSync(folder)) {
  const file = openSync(join(folder, name), 'r')
  for (let n; (n = readSync(file, buffer)) > 0; ) bytes += n
  closeSync(file)
}
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, bytes }))
