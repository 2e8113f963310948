import { copyFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { liveTables } from '../../src/checkpoint/level-manifest.ts'
import { tableDamage } from '../../src/checkpoint/level-table.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'

/** A store with several tables, whose blocks (the index among them) are compressed. */
async function storeWithTables(): Promise<{ folder: string; tables: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-tables-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const db = new Level<string, string>(folder)
  for (let round = 0; round < 3; round++) {
    await db.batch(Array.from({ length: 20_000 }, (_, i) => ({ type: 'put', key: `key/of/some/length/${round}/${String(i).padStart(8, '0')}`, value: `value ${i * round} ${'x'.repeat(60)}` })))
    await db.compactRange('', '\uffff')
  }
  await db.close()
  return { folder, tables: (await readdir(folder)).filter(n => n.endsWith('.ldb')) }
}

describe('tables of a store', () => {
  test('LevelDB writes what the check takes for whole, and the manifest names each of them', async () => {
    const { folder, tables } = await storeWithTables()
    expect(tables.length).toBeGreaterThan(1)
    for (const name of tables) expect(tableDamage(await readFile(join(folder, name)))).toBeNull()
    const current = (await readFile(join(folder, 'CURRENT'), 'utf8')).trim()
    expect([...liveTables(await readFile(join(folder, current)))].sort()).toEqual(tables.map(n => Number.parseInt(n, 10)).sort())
  })

  test('a flipped bit anywhere but in the padding of the footer is seen', async () => {
    const { folder, tables } = await storeWithTables()
    const bytes = await readFile(join(folder, tables[0]))
    for (let n = 0; n < 500; n++) {
      const at = Math.floor(((bytes.length - 49) * n) / 499)
      bytes[at] ^= 1 << (n % 8)
      expect(tableDamage(bytes)).not.toBeNull()
      bytes[at] ^= 1 << (n % 8)
    }
    for (let at = bytes.length - 8; at < bytes.length; at++) {
      bytes[at] ^= 1
      expect(tableDamage(bytes)).toBe('its last bytes are not those of a table')
      bytes[at] ^= 1
    }
    expect(tableDamage(bytes.subarray(0, 40))).toBe('it has only 40 bytes')
  })

  test('a damaged table is refused by name and byte before LevelDB reads it', async () => {
    const { folder, tables } = await storeWithTables()
    const path = join(folder, tables[0])
    const bytes = await readFile(path)
    bytes[100] ^= 4
    await writeFile(path, bytes)
    await expect(new LevelStoreProvider(nodePorts).open(folder)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      message: expect.stringContaining(`in ${tables[0]} the block at byte 0 does not match its checksum`),
    })
  })

  test('half a table that a crash left behind, and no manifest names, is no damage', async () => {
    const { folder, tables } = await storeWithTables()
    await copyFile(join(folder, tables[0]), join(folder, '999999.ldb'))
    await truncate(join(folder, '999999.ldb'), 1000)
    const store = await new LevelStoreProvider(nodePorts).open(folder)
    expect(await store.get('key/of/some/length/0/00000007')).toBeDefined()
    await store.close()
    expect(await readdir(folder)).not.toContain('999999.ldb')
  })
})
