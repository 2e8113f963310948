import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { FileSystem } from '../../src/common/file-system.ts'
import { nodeFileSystem } from '../../src/common/node/node-file-system.ts'
import { SimulatedCrash } from '../../src/testing/simulation/simulated-crash.ts'
import { type Program, SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'
import { systemError } from '../../src/testing/simulation/system-error.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (content: Uint8Array): string => new TextDecoder().decode(content)

async function writeFile(files: FileSystem, path: string, content: string, sync = true): Promise<void> {
  const file = await files.create(path)
  await file.write(bytes(content))
  if (sync) await file.sync()
  await file.close()
}

/** Everything below a directory: files with their content, directories with a slash. */
async function tree(files: FileSystem, path: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { name, kind } of await files.list(path)) {
    if (kind === 'directory') {
      found[`${name}/`] = ''
      for (const [below, content] of Object.entries(await tree(files, `${path}/${name}`))) found[`${name}/${below}`] = content
    } else found[name] = text(await files.readFile(`${path}/${name}`))
  }
  return found
}

/** What each of some calls gives: a value or the code of the error. */
async function outcomes(files: FileSystem, root: string): Promise<unknown[]> {
  const results: unknown[] = []
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      results.push((await work()) ?? 'done')
    } catch (error) {
      results.push((error as { code?: string }).code)
    }
  }
  await attempt(() => files.makeDirectory(`${root}/a/b`))
  await attempt(() => files.makeDirectory(`${root}/a/b`))
  await attempt(() => writeFile(files, `${root}/a/x`, 'one'))
  await attempt(() => writeFile(files, `${root}/a/x`, 'two'))
  await attempt(() => writeFile(files, `${root}/missing/x`, 'two'))
  await attempt(() => files.makeDirectory(`${root}/a/x/y`))
  await attempt(() => files.makeDirectory(`${root}/a/x`))
  await attempt(async () => {
    const file = await files.append(`${root}/a/x`)
    await file.write(bytes(' more'))
    await file.close()
  })
  await attempt(async () => text(await files.readFile(`${root}/a/x`)))
  await attempt(() => files.link(`${root}/a/x`, `${root}/a/y`))
  await attempt(() => files.link(`${root}/a/x`, `${root}/a/y`))
  await attempt(() => files.link(`${root}/a/none`, `${root}/a/z`))
  await attempt(async () => (await files.stat(`${root}/a/x`))?.inode === (await files.stat(`${root}/a/y`))?.inode)
  await attempt(async () => (await files.stat(`${root}/none`)) === undefined)
  await attempt(async () => (await files.stat(`${root}/a/x`))?.size)
  await attempt(async () => (await files.stat(`${root}/a`))?.kind)
  await attempt(() => files.rename(`${root}/a/y`, `${root}/a/b/y`))
  await attempt(() => files.rename(`${root}/a/none`, `${root}/a/b/z`))
  await attempt(() => files.rename(`${root}/a/x`, `${root}/a/b`))
  await attempt(() => files.rename(`${root}/a/x`, `${root}/a/b/y`))
  await attempt(() => tree(files, root))
  await attempt(() => files.remove(`${root}/a/none`))
  await attempt(() => files.list(`${root}/none`))
  await attempt(() => files.list(`${root}/a/b/y`))
  await attempt(() => files.readFile(`${root}/a`))
  await attempt(() => files.open(`${root}/none`))
  await attempt(async () => {
    await writeFile(files, `${root}/a/long`, '0123456789')
    const file = await files.open(`${root}/a/long`)
    const buffer = new Uint8Array(6)
    const read = [await file.read(buffer, 1, 4, 8), await file.read(buffer, 3, 3, 0), await file.read(buffer, 0, 1, 10)]
    await file.close()
    return [file.size, read, text(buffer)]
  })
  await attempt(() => files.syncDirectory(`${root}/a`))
  await attempt(() => files.syncDirectory(`${root}/none`))
  await attempt(() => files.removeDirectory(`${root}/a`))
  await attempt(() => files.removeDirectory(`${root}/a`))
  await attempt(() => tree(files, root))
  return results
}

/** Runs a program until it ends or dies. */
async function run(program: Program, work: (files: FileSystem) => Promise<void>): Promise<void> {
  await Promise.race([work(program.ports.files), program.process.died])
}

/** What is left of `work` after a crash behind its end. */
async function after(mode: 'kill' | 'power', unsynced: 'nothing' | 'everything', work: (files: FileSystem) => Promise<void>): Promise<Record<string, string>> {
  const world = new SimulatedWorld({ seed: 1, unsynced })
  const first = world.start()
  await run(first, work)
  world.crash(mode, first.process)
  return tree(world.start().ports.files, '/')
}

test('a simulated file system answers as the real one', async () => {
  const root = await mkdtemp(`${tmpdir()}/simulation-`)
  try {
    const real = await outcomes(nodeFileSystem, root)
    const files = new SimulatedWorld({ seed: 1 }).start().ports.files
    await files.makeDirectory('/root')
    expect(await outcomes(files, '/root')).toEqual(real)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

describe('a power loss', () => {
  const unsyncedFile = async (files: FileSystem): Promise<void> => {
    await writeFile(files, '/f', 'content', false)
    await files.syncDirectory('/')
  }

  test('takes the content that was not synced; a kill does not', async () => {
    expect(await after('kill', 'nothing', unsyncedFile)).toEqual({ f: 'content' })
    expect(await after('power', 'nothing', unsyncedFile)).toEqual({ f: '' })
    expect(await after('power', 'everything', unsyncedFile)).toEqual({ f: 'content' })
  })

  test('takes the file whose directory was not synced', async () => {
    const work = (files: FileSystem): Promise<void> => writeFile(files, '/f', 'content')
    expect(await after('power', 'nothing', work)).toEqual({})
    expect(await after('kill', 'nothing', work)).toEqual({ f: 'content' })
  })

  test('takes back a rename whose directory was not synced', async () => {
    const work = async (files: FileSystem): Promise<void> => {
      await writeFile(files, '/new', 'new')
      await writeFile(files, '/f', 'old')
      await files.syncDirectory('/')
      await files.rename('/new', '/f')
    }
    expect(await after('power', 'nothing', work)).toEqual({ f: 'old', new: 'new' })
    expect(await after('kill', 'nothing', work)).toEqual({ f: 'new' })
    expect(await after('power', 'everything', work)).toEqual({ f: 'new' })
    expect(await after('power', 'nothing', async files => {
      await work(files)
      await files.syncDirectory('/')
    })).toEqual({ f: 'new' })
  })

  test('takes back a removal and a link whose directory was not synced', async () => {
    expect(await after('power', 'nothing', async files => {
      await writeFile(files, '/f', 'content')
      await files.syncDirectory('/')
      await files.link('/f', '/g')
      await files.remove('/f')
    })).toEqual({ f: 'content' })
  })

  test('takes directories that were not synced into their parents, with all that is in them', async () => {
    const work = (upTo: readonly string[]) => async (files: FileSystem): Promise<void> => {
      await files.makeDirectory('/a/b')
      await writeFile(files, '/a/b/f', 'content')
      for (const path of upTo) await files.syncDirectory(path)
    }
    expect(await after('power', 'nothing', work(['/a/b', '/a']))).toEqual({})
    expect(await after('power', 'nothing', work(['/a/b', '/']))).toEqual({ 'a/': '' })
    expect(await after('power', 'nothing', work(['/', '/a', '/a/b']))).toEqual({ 'a/': '', 'a/b/': '', 'a/b/f': 'content' })
  })

  test('after a rename into another directory that alone was synced, both names may be there, never none', async () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const world = new SimulatedWorld({ seed })
      const first = world.start()
      await run(first, async files => {
        await files.makeDirectory('/from')
        await files.makeDirectory('/to')
        await writeFile(files, '/from/f', 'x')
        for (const path of ['/', '/from', '/to']) await files.syncDirectory(path)
        await files.rename('/from/f', '/to/f')
        if (seed % 2 === 0) await files.syncDirectory('/to')
      })
      world.crash('power', first.process)
      const names = Object.keys(await tree(world.start().ports.files, '/')).filter(name => name.endsWith('f'))
      seen.add(`${seed % 2 === 0 ? 'synced' : 'not'}: ${names.join(' ')}`)
    }
    expect([...seen].sort()).toEqual(['not: from/f', 'not: to/f', 'synced: from/f to/f', 'synced: to/f'])
  })

  test('may leave any prefix of what was appended, with sectors of zeros, but nothing of another kind', async () => {
    const lengths = new Set<number>()
    let zeros = 0
    for (let seed = 0; seed < 200; seed++) {
      const world = new SimulatedWorld({ seed })
      const first = world.start()
      await run(first, async files => {
        const file = await files.create('/f')
        await file.write(new Uint8Array(700).fill(1))
        await file.sync()
        await files.syncDirectory('/')
        await file.write(new Uint8Array(2000).fill(2))
      })
      world.crash('power', first.process)
      const content = await world.start().ports.files.readFile('/f')
      lengths.add(content.length)
      expect(content.subarray(0, 700).every(b => b === 1)).toBe(true)
      expect(content.subarray(700).every(b => b === 2 || b === 0)).toBe(true)
      if (content.subarray(700).includes(0)) zeros++
    }
    expect(Math.min(...lengths)).toBeLessThan(750)
    expect(Math.max(...lengths)).toBeGreaterThan(2650)
    expect(lengths.size).toBeGreaterThan(100)
    expect(zeros).toBeGreaterThan(20)
  })

  test('ends all processes', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const [a, b] = [world.start(), world.start()]
    world.crash('power', a.process)
    expect([await a.process.died, await b.process.died]).toEqual(['power', 'power'])
  })
})

describe('a crash', () => {
  test('ends the program where it is: no catch, no finally, no later step', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const program = world.start()
    const steps: string[] = []
    let tidied = false
    program.process.onStep = step => {
      steps.push(`${step.index} ${step.kind} ${step.path}`)
      if (step.kind === 'sync') throw new SimulatedCrash('kill')
    }
    await run(program, async files => {
      try {
        await writeFile(files, '/f', 'content')
      } finally {
        tidied = true
      }
    })
    await world.clock.yield()
    expect(tidied).toBe(false)
    expect(steps).toEqual(['0 create /f', '1 write /f', '2 sync /f'])
    expect(await tree(world.start().ports.files, '/')).toEqual({ f: 'content' })
  })

  test('in the middle of a write leaves a part of it', async () => {
    const found = new Set<string>()
    for (let seed = 0; seed < 40; seed++) {
      const world = new SimulatedWorld({ seed })
      const program = world.start()
      program.process.onStep = step => {
        if (step.kind === 'write') throw new SimulatedCrash('kill')
      }
      await run(program, files => writeFile(files, '/f', 'abc'))
      found.add((await tree(world.start().ports.files, '/')).f)
    }
    expect([...found].sort()).toEqual(['', 'a', 'ab', 'abc'])
  })

  test('of one process leaves the others alone', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const [a, b] = [world.start(), world.start()]
    world.crash('kill', a.process)
    await writeFile(b.ports.files, '/f', 'content')
    expect(b.process.alive).toBe(true)
  })

  test('leaves its sleepers asleep', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const program = world.start()
    let woke = false
    void program.ports.clock.sleep(10).then(() => {
      woke = true
    })
    world.crash('kill', program.process)
    await world.clock.advance(20)
    expect(woke).toBe(false)
  })
})

describe('a step hook', () => {
  test('can let a step fail without effect, and with it', async () => {
    const { process, ports } = new SimulatedWorld({ seed: 1 }).start()
    process.onStep = step => {
      if (step.path === '/a') throw systemError('ENOSPC', 'open', step.path)
      return step.path === '/b' ? { failAfter: systemError('EIO', 'open', step.path) } : undefined
    }
    await expect(ports.files.create('/a')).rejects.toMatchObject({ code: 'ENOSPC' })
    await expect(ports.files.create('/b')).rejects.toMatchObject({ code: 'EIO' })
    expect((await ports.files.list('/')).map(e => e.name)).toEqual(['b'])
  })

  test('that fails a sync makes later syncs of the file worthless', async () => {
    const world = new SimulatedWorld({ seed: 1, unsynced: 'nothing' })
    const first = world.start()
    let failures = 1
    first.process.onStep = step => {
      if (step.kind === 'sync' && failures-- > 0) throw systemError('EIO', 'fsync', step.path)
    }
    await run(first, async files => {
      const file = await files.create('/f')
      await file.write(bytes('content'))
      await file.sync().catch(() => file.sync())
      await files.syncDirectory('/')
    })
    world.crash('power', first.process)
    expect(await tree(world.start().ports.files, '/')).toEqual({ f: '' })
  })

  test('a paused process does nothing until it is resumed', async () => {
    const world = new SimulatedWorld({ seed: 1 })
    const { process, ports } = world.start()
    process.pause()
    const writing = writeFile(ports.files, '/f', 'content')
    await world.clock.yield()
    expect(process.steps).toBe(0)
    process.resume()
    await writing
    expect(process.steps).toBe(3)
  })
})
