import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KeyValueStore } from '../../src/checkpoint/key-value-store.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { ManualClock } from '../../src/testing/simulation/manual-clock.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'level-store-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const provider = new LevelStoreProvider(nodePorts)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

async function entries(store: KeyValueStore, from: string, to: string): Promise<[string, number[]][]> {
  const found: [string, number[]][] = []
  for await (const [key, value] of store.range(from, to)) found.push([key, [...value]])
  return found
}

describe('LevelStoreProvider', () => {
  test('creates the directory and its parents, and keeps what was written', async () => {
    const directory = join(root, 'a', 'b')
    const store = await provider.open(directory)
    await store.write([{ kind: 'put', key: 'k1', value: bytes(1, 0, 255) }, { kind: 'put', key: 'k2', value: bytes() }], { sync: true })
    await store.write([{ kind: 'delete', key: 'k1' }, { kind: 'put', key: 'k3', value: bytes(3) }], { sync: false })
    await store.close()
    const again = await provider.open(directory)
    expect(await entries(again, 'k', 'l')).toEqual([['k2', []], ['k3', [3]]])
    expect(await again.get('k1')).toBeUndefined()
    await again.close()
  })

  test('can be opened again in the same process after its close has failed', async () => {
    const directory = join(root, 'db')
    const store = await provider.open(directory)
    const close = Level.prototype.close
    const failing = vi.spyOn(Level.prototype, 'close').mockImplementationOnce(async function (this: Level) {
      await close.call(this)
      throw new Error('input/output error')
    })
    await expect(store.close()).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', context: { action: 'closed' } })
    failing.mockRestore()
    await (await provider.open(directory)).close()
  })

  test('gives a half-open range of keys in byte order', async () => {
    const store = await provider.open(join(root, 'db'))
    const keys = ['d/10', 'd/2', 'd/é', 'd/z', 'd', 'e', 'd/\u{1f600}', 'd/\uffee']
    await store.write(keys.map(key => ({ kind: 'put', key, value: bytes(1) })), { sync: false })
    const found: string[] = []
    for await (const key of store.keys('d/', 'e')) found.push(key)
    expect(found).toEqual(['d/10', 'd/2', 'd/z', 'd/é', 'd/\uffee', 'd/\u{1f600}'])
    await store.close()
  })

  test('refuses a directory that this process has open, under any name', async () => {
    const directory = join(root, 'db')
    const store = await provider.open(directory)
    await symlink(root, `${root}-link`)
    try {
      for (const name of [directory, `${root}/./x/../db`, `${root}-link/db`]) {
        await expect(provider.open(name)).rejects.toMatchObject({
          code: 'CHECKPOINT_IN_USE',
          message: `Checkpoint "${name}" is held by another query of this process. Stop that query, or give this one another checkpointLocation.`,
        })
      }
      await store.close()
      const again = await provider.open(`${root}-link/db`)
      await again.close()
    } finally {
      await unlink(`${root}-link`)
    }
  })

  test('refuses a directory that another process holds, after 5 s', async () => {
    const directory = join(root, 'db')
    const code = `import { Level } from 'level'; const db = new Level(${JSON.stringify(directory)}); await db.open(); console.log('open'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      const clock = new ManualClock()
      const outcome = new LevelStoreProvider({ ...nodePorts, clock }).open(directory).catch((error: unknown) => error)
      let settled = false
      void outcome.then(() => {
        settled = true
      })
      while (!settled) await clock.advance(100)
      expect(await outcome).toMatchObject({ code: 'CHECKPOINT_IN_USE', retryable: true, context: { directory, holder: 'another process on this machine' } })
      expect(clock.monotonic()).toBeGreaterThanOrEqual(5000)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const store = await provider.open(directory)
      await store.close()
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('names the directory of a damaged manifest', async () => {
    const directory = join(root, 'db')
    await (await provider.open(directory)).close()
    const manifest = (await readdir(directory)).find(name => name.startsWith('MANIFEST')) as string
    const content = await readFile(join(directory, manifest))
    content[10] ^= 0xff
    await writeFile(join(directory, manifest), content)
    await expect(provider.open(directory)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', context: { directory } })
  })

  test('a lost manifest, table or CURRENT is damage, not a new store', async () => {
    const directory = join(root, 'db')
    const store = await provider.open(directory)
    await store.write([{ kind: 'put', key: 'a', value: bytes(1) }], { sync: true })
    await store.close()
    // Opening again turns the log into a table.
    await (await provider.open(directory)).close()
    const names = await readdir(directory)
    for (const name of [names.find(n => n.startsWith('MANIFEST')), names.find(n => n.endsWith('.ldb')), 'CURRENT'] as string[]) {
      const content = await readFile(join(directory, name))
      await unlink(join(directory, name))
      await expect(provider.open(directory), name).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', context: { directory } })
      await writeFile(join(directory, name), content)
    }
    const again = await provider.open(directory)
    expect(await again.get('a')).toEqual(Buffer.from([1]))
    await again.close()
  })

  test('starts anew over what a crash during the first creation left', async () => {
    const directory = join(root, 'db')
    await mkdir(directory)
    await writeFile(join(directory, 'MANIFEST-000001'), 'torn')
    const store = await provider.open(directory)
    await store.close()
  })

  test('a file in the way is no damage', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(provider.open(join(root, 'file', 'db'))).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', context: { action: 'opened' } })
  })

  test('a failed write leaves the outcome unknown and ends the store', async () => {
    const store = await provider.open(join(root, 'db'))
    await store.write([{ kind: 'put', key: 'a', value: bytes(1) }], { sync: true })
    await store.close()
    const failure = await store.write([{ kind: 'put', key: 'b', value: bytes(1) }], { sync: true }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'CHECKPOINT_IO_FAILED', context: { action: 'written' }, cause: { code: 'LEVEL_DATABASE_NOT_OPEN' } })
    await expect(store.write([], { sync: false })).rejects.toBe(failure)
    await expect(store.get('a')).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', context: { action: 'read' } })
  })
})
