// The packed package: holds what it should and nothing else, and runs from a folder of its own.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const work = mkdtempSync(join(tmpdir(), 'millrace-pack-'))
const run = (command, args, cwd) => {
  const r = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${r.stdout}${r.stderr}`)
  return r.stdout
}
try {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], root))
  const allowed = /^(bin|dist|src|docs)\/|^(package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|NOTICE)$/
  const strange = packed.files.map(f => f.path).filter(p => !allowed.test(p))
  if (strange.length > 0) throw new Error(`The package holds ${strange.join(', ')}`)
  const home = join(work, 'app')
  mkdirSync(join(home, 'node_modules'), { recursive: true })
  run('tar', ['xzf', join(work, packed.filename), '-C', work], work)
  // The dependencies are those of this checkout: what is tried is the package's own files and exports.
  symlinkSync(join(root, 'node_modules'), join(work, 'package', 'node_modules'))
  symlinkSync(join(work, 'package'), join(home, 'node_modules', 'millrace'))
  writeFileSync(join(home, 'package.json'), '{"type":"module"}')
  writeFileSync(
    join(home, 'app.js'),
    `import { Session, schema, t, files } from 'millrace'
import { writeFileSync } from 'node:fs'
writeFileSync('in.jsonl', '{"v":1}\\n{"v":2}\\n')
const session = await Session.start({ executors: 1 })
const rows = await session.readBatch(files({ path: 'in.jsonl', format: 'jsonl', schema: schema({ v: t.int32() }) })).where(({ v }) => v.gt(1)).collect()
console.log(JSON.stringify(rows))
await session.stop()
`,
  )
  const answer = run('node', ['app.js'], home).trim()
  if (answer !== '[{"v":2}]') throw new Error(`The packed package answered ${answer}`)
  run('node', [join(work, 'package', 'bin', 'millrace.js'), '--help'], home)
  console.log(`packed ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB, and ran`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
