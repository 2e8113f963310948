import { describe, expect, test } from 'vitest'
import { protocolRules } from '../../src/common/protocol-rules.ts'
import { Session } from '../../src/session/session.ts'
import { addSinkProvider } from '../../src/sinks/registry.ts'
import { type CrashMode, SimulatedCrash, type Step } from '../../src/testing/simulation/simulated-crash.ts'
import type { FileNode } from '../../src/testing/simulation/simulated-disk.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { systemError } from '../../src/testing/simulation/system-error.ts'
import { SimulatedWorld } from '../../src/testing/simulation/simulated-world.ts'
import { Deliveries, DeliveryClient, deliverySinkProvider } from '../../src/testing/torture/delivery-sink.ts'
import { External } from '../../src/testing/torture/external.ts'
import { addInputFile, changingFiles } from '../../src/testing/torture/input-folder.ts'
import type { InputFile, Job, SinkKind, SinkRole } from '../../src/testing/torture/job.ts'
import { copyOf, putBack } from '../../src/testing/torture/copy-directory.ts'
import { directoryAt, filesBelow } from '../../src/testing/torture/output-watch.ts'
import { places, startQuery } from '../../src/testing/torture/start-query.ts'
import { Table, TableClient, tableSinkProvider } from '../../src/testing/torture/table-sink.ts'
import { files } from '../../src/session/connectors/files.ts'

addSinkProvider(deliverySinkProvider)
addSinkProvider(tableSinkProvider)

const base: Job = {
  seed: 1, shape: 'rows', sinks: [], files: [], maxFilesPerTrigger: 1, cleanSource: 'off', delaySeconds: 10, windowSeconds: 20,
  statePartitions: 1, snapshotInterval: 1, minBatchesToRetain: 1, spoolOutput: false, crashes: [], onceShare: 0, scored: false, nondeterministic: false, snapshotPageBytes: null,
}

function inputFile(n: number, bad = false): InputFile {
  return { name: `in-${n}.jsonl`, arrival: 0, rows: [{ id: n * 2, key: 'a', value: n, at: 1000 + n * 30, bad: false }, { id: n * 2 + 1, key: 'b', value: n, at: 1001 + n * 30, bad }] }
}

/** A machine on which one job's query is started again and again. */
class Machine {
  readonly world = new SimulatedWorld({ seed: 5, unsynced: 'nothing' })
  readonly table = new Table()
  readonly deliveries = new Deliveries()
  readonly job: Job
  readonly steps: string[] = []
  readonly serials = { last: 0 }
  readonly #random = new SeededRandom(3)

  constructor(job: Partial<Job>, sinks: { readonly [role in SinkRole]?: SinkKind }) {
    this.job = { ...base, ...job, sinks: Object.entries(sinks).map(([role, kind]) => ({ role: role as SinkRole, kind, maxRowsPerFile: null, partitioned: false })) }
    this.world.disk.makeDurableDirectory(places.input)
  }

  async add(...added: readonly InputFile[]): Promise<void> {
    for (const file of added) await addInputFile(this.world.disk, this.world.clock, places.input, file)
  }

  /** Runs the query to its end, or to the first step for which `crash` holds. */
  async run(crash?: { readonly mode: CrashMode | Error; readonly at: (step: Step) => boolean }): Promise<void> {
    const { process, ports, stores } = this.world.start()
    process.onStep = step => {
      this.steps.push(`${step.kind} ${step.path}`)
      if (crash?.at(step) === true) throw crash.mode instanceof Error ? crash.mode : new SimulatedCrash(crash.mode)
    }
    const external = new External(process, this.#random)
    const program = async (): Promise<'end'> => {
      const changing = { ...ports, files: changingFiles(ports.files, places.input, this.serials) }
      const session = await Session.start({ statePartitions: 1 }, { ports: this.job.nondeterministic ? changing : ports, store: stores, rules: protocolRules, snapshotPageBytes: this.job.snapshotPageBytes ?? undefined })
      try {
        const query = await startQuery(session, this.job, {
          checkpoint: places.checkpoint, once: false,
          connect: role => {
            const kind = this.job.sinks.find(s => s.role === role)?.kind
            if (kind === 'files') return files({ path: places.sink(role), format: 'jsonl' })
            const object = kind === 'table' ? new TableClient(this.table, external, this.#random) : new DeliveryClient(external, this.deliveries)
            return { kind: 'connector', provider: kind === 'table' ? 'torture-table' : 'torture-deliveries', options: { id: role }, live: { id: role, object } }
          },
        })
        await query.awaitTermination()
      } finally {
        await session.stop()
      }
      return 'end'
    }
    const outcome = await Promise.race([program(), process.died])
    expect(outcome).toBe(crash === undefined ? 'end' : crash.mode)
  }

  text(path: string): string {
    const slash = path.lastIndexOf('/')
    const node = directoryAt(this.world.disk, path.slice(0, slash))?.entries.get(path.slice(slash + 1)) as FileNode
    return new TextDecoder().decode(node.bytes.subarray(0, node.length))
  }

  names(path: string): string[] {
    const directory = directoryAt(this.world.disk, path)
    return directory === undefined ? [] : [...filesBelow(directory, '', false)].map(([name]) => name).sort()
  }

  storeKeys(): string[] {
    const current = directoryAt(this.world.disk, `${places.checkpoint}/state`)?.entries.get('CURRENT') as FileNode
    return [...(current.store?.entries.keys() ?? [])]
  }
}

const isUnsyncedWrite = (step: Step): boolean => step.kind === 'store write' && step.sync === false
/** Without snapshots in the way. */
const isCommitMark = isUnsyncedWrite

describe('recovery', () => {
  test('a sink without look-up, which a token proves to have had the batch, does not get it again, and no empty one', async () => {
    const machine = new Machine({}, { output: 'deliver', deadLetters: 'files' })
    await machine.add(inputFile(0, true))
    await machine.run({ mode: 'kill', at: isCommitMark })
    expect(machine.deliveries.list.map(d => [d.batchId, d.rows.length])).toEqual([[0, 1]])
    await machine.add(inputFile(1, true))
    await machine.run()
    expect(machine.deliveries.list.map(d => [d.batchId, d.rows.length])).toEqual([[0, 1], [1, 1]])
  })

  test('a sink that gets nothing of a batch does not make code that is not deterministic run again', async () => {
    const machine = new Machine({ nondeterministic: true }, { output: 'files', deadLetters: 'files' })
    await machine.add(inputFile(0))
    // The second slot of the dead letters: the first is the fence's.
    let slots = 0
    await machine.run({ mode: 'kill', at: step => step.kind === 'link' && step.path.startsWith(`${places.sink('deadLetters')}/_manifest`) && ++slots === 2 })
    const [path] = machine.names(places.sink('output')).filter(n => !n.startsWith('_'))
    const before = machine.text(`${places.sink('output')}/${path}`)
    await machine.run()
    expect(machine.names(places.sink('output')).filter(n => !n.startsWith('_'))).toEqual([path])
    expect(machine.text(`${places.sink('output')}/${path}`)).toBe(before)
    expect(machine.serials.last).toBe(1)
  })

  test('a query without state goes on when clean-up has taken its first records', async () => {
    const machine = new Machine({}, { output: 'deliver' })
    await machine.add(...[0, 1, 2, 3].map(n => inputFile(n)))
    await machine.run()
    expect(machine.storeKeys().filter(k => k.startsWith('p/0000000000'))).toEqual([])
    await machine.add(inputFile(4))
    await machine.run()
    expect(machine.deliveries.list.map(d => d.batchId)).toEqual([0, 1, 2, 3, 4])
  })

  test('a new checkpoint survives a power loss right after its first batch', async () => {
    const machine = new Machine({}, { output: 'table' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'power', at: isCommitMark })
    await machine.run()
    expect(machine.table.commits.map(c => c.batchId)).toEqual([0])
  })

  test('a checkpoint whose first process died before the name of its metadata was durable survives a later power loss', async () => {
    const machine = new Machine({}, { output: 'table' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'kill', at: step => step.kind === 'syncDirectory' && step.path === places.checkpoint && step.index > 6 })
    expect(machine.names(places.checkpoint)).toContain('metadata')
    await machine.run({ mode: 'power', at: isCommitMark })
    await machine.run()
    expect(machine.table.commits.map(c => c.batchId)).toEqual([0])
  })

  test('nor does a power loss between the fences of the sinks and the opening of the store give it another id', async () => {
    const machine = new Machine({}, { output: 'files' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'kill', at: step => step.kind === 'syncDirectory' && step.path === places.checkpoint && step.index > 6 })
    await machine.run({ mode: 'power', at: step => step.kind === 'store open' && step.path === `${places.checkpoint}/state` })
    await machine.run()
    expect(machine.names(places.sink('output')).filter(n => !n.startsWith('_'))).toEqual(['part-0000000000-00000.jsonl'])
  })

  test('what is left of a metadata file that was not finished is removed', async () => {
    const machine = new Machine({}, { output: 'table' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'kill', at: step => step.kind === 'rename' && step.path === `${places.checkpoint}/metadata` })
    expect(machine.names(places.checkpoint).filter(n => n.startsWith('.tmp-'))).toHaveLength(1)
    await machine.run()
    expect(machine.names(places.checkpoint).filter(n => n.startsWith('.tmp-'))).toEqual([])
  })

  test('pages of a snapshot that a crash left without a manifest are removed with the older snapshots', async () => {
    const machine = new Machine({ shape: 'totals' }, { output: 'table' })
    await machine.add(inputFile(0))
    // The manifest is the third synced write: epoch, prepare, manifest.
    let synced = 0
    await machine.run({ mode: 'kill', at: step => step.kind === 'store write' && step.sync === true && ++synced === 3 })
    expect(machine.storeKeys().filter(k => /^[ms]\//.test(k)).map(k => k.slice(0, 12))).toEqual(['s/0000000000'])
    await machine.add(inputFile(1), inputFile(2), inputFile(3))
    await machine.run()
    expect(machine.storeKeys().filter(k => /^[ms]\//.test(k)).map(k => k.slice(0, 12)).sort()).toEqual(['m/0000000002', 'm/0000000003', 's/0000000002', 's/0000000003'])
  })

  test('kept output is published after a crash without reading the input again, and is gone when its commit is durable', async () => {
    const machine = new Machine({ spoolOutput: true, nondeterministic: true }, { output: 'deliver', deadLetters: 'table' })
    await machine.add(inputFile(0, true))
    // The table commits last: what was delivered is in no look-up sink yet.
    await machine.run({ mode: 'power', at: step => step.kind === 'call' && machine.deliveries.list.length === 1 })
    const kept = machine.names(`${places.checkpoint}/spool`)
    expect(kept.map(name => name.slice(0, 11))).toEqual(['0000000000-'])
    await machine.run()
    expect(machine.serials.last).toBe(1)
    const [first, again] = machine.deliveries.list
    expect(again).toEqual({ ...first, isReplay: true })
    expect(machine.table.commits.map(c => [c.batchId, c.rows.length])).toEqual([[0, 1]])
    expect(machine.names(`${places.checkpoint}/spool`)).toEqual([])
  })

  test('kept output that is damaged stops the query and is named', async () => {
    const machine = new Machine({ spoolOutput: true }, { output: 'deliver' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'kill', at: step => step.kind === 'call' })
    const [name] = machine.names(`${places.checkpoint}/spool`)
    const node = directoryAt(machine.world.disk, `${places.checkpoint}/spool`)?.entries.get(name) as FileNode
    node.bytes[node.length - 1] ^= 1
    await expect(machine.run()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', context: { file: `spool/${name}` } })
    expect(machine.names(`${places.checkpoint}/spool`)).toEqual([name])
  })

  test('kept output of an attempt that was never prepared is removed', async () => {
    const machine = new Machine({ spoolOutput: true }, { output: 'table' })
    await machine.add(inputFile(0))
    await machine.run({ mode: 'kill', at: step => step.kind === 'syncDirectory' && step.path.endsWith('/spool') })
    expect(machine.names(`${places.checkpoint}/spool`)).toHaveLength(1)
    await machine.run()
    expect(machine.names(`${places.checkpoint}/spool`)).toEqual([])
  })

  test('a process that is killed after every publish takes snapshots all the same, and cleans up', async () => {
    const machine = new Machine({ shape: 'totals', snapshotInterval: 3 }, { output: 'table' })
    for (let n = 0; n < 20; n++) {
      await machine.add(inputFile(n))
      // The first unsynced write once this batch is published: its mark, or a page of a snapshot.
      await machine.run({ mode: 'kill', at: step => isUnsyncedWrite(step) && machine.table.commits.length === n + 1 })
    }
    const batches = (family: string): number[] => [...new Set(machine.storeKeys().filter(k => k.startsWith(`${family}/`)).map(k => Number(k.slice(2, 12))))]
    expect(batches('p').at(-1)).toBe(19)
    expect(batches('d').length).toBeLessThanOrEqual(7)
    expect(batches('p').length).toBeLessThanOrEqual(7)
    expect(batches('m')).toHaveLength(2)
    expect(batches('s')).toEqual(batches('m'))
    await machine.run()
    expect(machine.table.commits.map(c => c.batchId)).toEqual(Array.from({ length: 20 }, (_, b) => b))
  })

  test('so does a query without state', async () => {
    const machine = new Machine({ snapshotInterval: 3 }, { output: 'table' })
    for (let n = 0; n < 10; n++) {
      await machine.add(inputFile(n))
      await machine.run({ mode: 'kill', at: step => isUnsyncedWrite(step) && machine.table.commits.length === n + 1 })
    }
    expect(machine.storeKeys().filter(k => k.startsWith('p/')).length).toBeLessThanOrEqual(4)
  })

  test('a disk that fails while a query opens gives a typed error, what was open is closed, and the first error counts', async () => {
    const machine = new Machine({}, { output: 'files' })
    const full = systemError('ENOSPC', 'write', '/out')
    const failing = machine.run({ mode: full, at: step => (step.kind === 'create' && step.path.includes('_manifest')) || step.kind === 'store close' })
    await expect(failing).rejects.toMatchObject({ code: 'SINK_PATH_UNUSABLE', message: expect.stringContaining('no space left'), cause: full, context: { path: '/out/output', code: 'ENOSPC' } })
    expect(machine.steps.at(-1)).toBe(`store close ${places.checkpoint}/lock`)
  })

  test('every store is closed although one cannot be', async () => {
    const machine = new Machine({}, { output: 'table' })
    const failing = machine.run({ mode: systemError('EIO', 'close', '/checkpoint/state'), at: step => step.kind === 'store close' && step.path.endsWith('/state') })
    await expect(failing).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED', context: { action: 'closed' } })
    expect(machine.steps.slice(-2)).toEqual([`store close ${places.checkpoint}/state`, `store close ${places.checkpoint}/lock`])
  })

  test('a sink that holds batches of a checkpoint which has none yet is ahead of it, and that is said at the start', async () => {
    const machine = new Machine({}, { output: 'table' })
    await machine.run()
    const early = copyOf(machine.world.disk, places.checkpoint)
    await machine.add(inputFile(0))
    await machine.run()
    if (early === undefined) throw new Error('There is a checkpoint after the first run.')
    putBack(machine.world.disk, places.checkpoint, early)
    await expect(machine.run()).rejects.toMatchObject({ code: 'CHECKPOINT_OLDER_THAN_SINK', context: { last: 0, committed: -1 } })
    expect(machine.table.commits).toHaveLength(1)
  })
})
