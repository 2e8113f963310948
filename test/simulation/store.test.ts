import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { KeyValueStore } from '../../src/checkpoint/key-value-store.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { SimulatedCrash } from '../../src/testing/simulation/simulated-crash.ts'
import { SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'
import { systemError } from '../../src/testing/simulation/system-error.ts'

const put = (key: string, value = 1) => ({ kind: 'put', key, value: Uint8Array.of(value) }) as const

async function keysOf(store: KeyValueStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.keys('', '\u{10ffff}')) keys.push(key)
  return keys
}

test('a simulated store answers as LevelDB', async () => {
  const root = await mkdtemp(`${tmpdir()}/simulation-`)
  try {
    const level = await new LevelStoreProvider(nodePorts).open(`${root}/db`)
    const simulated = await new SimulatedWorld({ seed: 1 }).start().stores.open('/db')
    const random = new SeededRandom(3)
    const names = ['', 'a', 'a/1', 'a/10', 'a/2', 'é', 'z', '\uffee', '\u{1f600}', '\ud7ff', 'p/\u{10000}', 'p/\ue000']
    const name = (): string => `k${names[random.below(names.length)]}${names[random.below(names.length)]}`
    for (let i = 0; i < 60; i++) {
      const changes = Array.from({ length: random.below(5) }, () => (random.chance(0.7) ? put(name(), random.below(256)) : ({ kind: 'delete', key: name() } as const)))
      await Promise.all([level, simulated].map(store => store.write(changes, { sync: false })))
      const [from, to] = [name(), name()]
      const found: [string, number[]][][] = []
      for (const store of [level, simulated]) {
        const entries: [string, number[]][] = []
        for await (const [key, value] of store.range(from, to)) entries.push([key, [...value]])
        found.push(entries)
      }
      expect(found[1]).toEqual(found[0])
      expect(await keysOf(simulated)).toEqual(await keysOf(level))
      expect([...((await simulated.get(from)) ?? [])]).toEqual([...((await level.get(from)) ?? [])])
    }
    await level.close()
    await expect(simulated.close().then(() => simulated.get('a'))).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED' })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

describe('a simulated store', () => {
  test('loses a suffix of its unsynced writes with the power, and nothing in a kill', async () => {
    const left = new Set<string>()
    for (let seed = 0; seed < 50; seed++) {
      const world = new SimulatedWorld({ seed })
      const first = world.start()
      const store = await first.stores.open('/c/db')
      await store.write([put('a')], { sync: false })
      await store.write([put('b')], { sync: true })
      await store.write([put('c'), { kind: 'delete', key: 'a' }], { sync: false })
      await store.write([put('d')], { sync: false })
      if (seed % 2 === 0) world.crash('kill', first.process)
      else world.crash('power', first.process)
      left.add(`${seed % 2 === 0 ? 'kill' : 'power'}: ${(await keysOf(await world.start().stores.open('/c/db'))).join('')}`)
    }
    expect([...left].sort()).toEqual(['kill: bcd', 'power: ab', 'power: bc', 'power: bcd'])
  })

  test('has written or not when the process dies in a write, never a part', async () => {
    const left = new Set<string>()
    for (let seed = 0; seed < 30; seed++) {
      const world = new SimulatedWorld({ seed })
      const first = world.start()
      const store = await first.stores.open('/db')
      first.process.onStep = step => {
        if (step.kind === 'store write') throw new SimulatedCrash('kill')
      }
      await Promise.race([store.write([put('a'), put('b')], { sync: true }), first.process.died])
      left.add((await keysOf(await world.start().stores.open('/db'))).join(''))
    }
    expect([...left].sort()).toEqual(['', 'ab'])
  })

  test('is held by one process until that closes it or dies', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const [a, b] = [world.start(), world.start()]
    await a.stores.open('/db')
    await expect(b.stores.open('/db')).rejects.toMatchObject({ code: 'CHECKPOINT_IN_USE', context: { holder: 'another process on this machine' } })
    await expect(a.stores.open('/./db')).rejects.toMatchObject({ code: 'CHECKPOINT_IN_USE', context: { holder: 'another query of this process' } })
    world.crash('kill', a.process)
    const store = await b.stores.open('/db')
    await store.close()
    await (await world.start().stores.open('/db')).close()
  })

  test('can be had without a lock', async () => {
    const world = new SimulatedWorld({ seed: 1, locked: false })
    const a = await world.start().stores.open('/db')
    const b = await world.start().stores.open('/db')
    await a.write([put('a')], { sync: false })
    expect(await keysOf(b)).toEqual(['a'])
  })

  test('refuses all writes after one whose outcome is unknown, and may have done that one', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const { process, stores } = world.start()
    const store = await stores.open('/db')
    process.onStep = () => ({ failAfter: systemError('EIO', 'fdatasync', '/db') })
    await expect(store.write([put('a')], { sync: true })).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', cause: { code: 'EIO' } })
    process.onStep = () => undefined
    await expect(store.write([put('b')], { sync: true })).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED' })
    await store.close()
    expect(await keysOf(await stores.open('/db'))).toEqual(['a'])
  })

  test('moves and goes with its directory', async () => {
    const { stores, ports } = new SimulatedWorld({ seed: 1 }).start()
    const store = await stores.open('/one/db')
    await store.write([put('a')], { sync: true })
    await store.close()
    await ports.files.rename('/one', '/two')
    expect(await keysOf(await stores.open('/two/db'))).toEqual(['a'])
    expect(await keysOf(await stores.open('/one/db'))).toEqual([])
    await ports.files.removeDirectory('/two')
    expect(await keysOf(await stores.open('/two/db'))).toEqual([])
  })
})
