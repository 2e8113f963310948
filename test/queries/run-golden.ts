import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { files, foreachBatch, Session, type SinkConnector, type StreamingQueryProgress, Trigger } from 'millrace'
import { canonicalJson, type Json } from '../../src/common/json.ts'
import { Crash, type CrashingWorld, crashingWorld } from './crashing-world.ts'
import type { GoldenQuery } from './golden-query.ts'

/** A line of an expected file: a row, the batch that gave it (of files: the batch in the name), and the output it went to. */
export interface GoldenLine {
  readonly batch: number
  readonly output?: string
  readonly row: unknown
}

export interface GoldenRun {
  readonly lines: readonly GoldenLine[]
  readonly progress: readonly StreamingQueryProgress[]
}

/** Folders of one golden run. */
export interface Place {
  readonly root: string
  readonly input: string
}

/** A fresh place with the input files of a query, whose order is that of their names. */
export async function makePlace(inputOf: string): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'millrace-golden-'))
  const input = join(root, 'input')
  const names = (await readdir(inputOf, { recursive: true, withFileTypes: true })).filter(e => e.isFile()).map(e => relative(inputOf, join(e.parentPath, e.name)))
  // The source takes files in the order of their times, and a checkout gives them arbitrary ones.
  let time = 1_700_000_000
  for (const name of names.sort()) {
    await mkdir(dirname(join(input, name)), { recursive: true })
    await copyFile(join(inputOf, name), join(input, name))
    await utimes(join(input, name), time, time)
    time += 60
  }
  return { root, input }
}

export async function removePlace(place: Place): Promise<void> {
  await rm(place.root, { recursive: true, force: true })
}

/** Runs a query on what is there, in one session, to its end. */
export async function runOnce(query: GoldenQuery, place: Place, executors: number, world?: CrashingWorld): Promise<readonly StreamingQueryProgress[]> {
  const session = await Session.start({ executors, statePartitions: 3 }, world === undefined ? {} : { ports: world.ports, store: world.store })
  const progress: StreamingQueryProgress[] = []
  try {
    const outputMode = query.outputMode ?? 'append'
    const side = (name: string): SinkConnector => files({ path: join(place.root, name), format: 'jsonl' })
    const frame = await query.frame(session, place.input)
    const running = await frame
      .writeStream({
        sink: outputMode === 'append' ? side('output') : perBatch(join(place.root, 'output'), world),
        outputMode,
        trigger: Trigger.availableNow(),
        checkpointLocation: join(place.root, 'checkpoint'),
        snapshotInterval: 2,
        ...(query.lateRows === true ? { lateRows: side('lateRows') } : {}),
        ...(query.deadLetters === true ? { deadLetters: side('deadLetters') } : {}),
      })
      .start()
    running.progress.subscribe(p => progress.push(p))
    await running.awaitTermination()
  } finally {
    await session.stop()
  }
  return progress
}

/** Everything that the query has written, as a plain reader of its folders finds it. */
export async function outputOf(query: GoldenQuery, place: Place): Promise<GoldenLine[]> {
  const lines: GoldenLine[] = []
  const outputs = ['output', ...(query.lateRows === true ? ['lateRows'] : []), ...(query.deadLetters === true ? ['deadLetters'] : [])]
  for (const output of outputs) {
    const folder = join(place.root, output)
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const batch = /^part-(\d+)-\d+\.jsonl$/.exec(entry.name)?.[1]
      if (batch === undefined) continue
      for (const text of (await readFile(join(folder, entry.name), 'utf8')).split('\n')) {
        if (text !== '') lines.push({ batch: Number(batch), ...(output === 'output' ? {} : { output }), row: JSON.parse(text) as unknown })
      }
    }
  }
  return sorted(lines)
}

/** Whether an attempt left anything in a staging folder that no later one can need. */
export async function leftovers(query: GoldenQuery, place: Place): Promise<string[]> {
  if ((query.outputMode ?? 'append') !== 'append') return []
  return readdir(join(place.root, 'output', '_staging'))
}

/** In one order, whatever the order of keys. */
export function sorted(lines: readonly GoldenLine[]): GoldenLine[] {
  return lines.map(l => canonicalJson(l as unknown as Json)).sort().map(l => JSON.parse(l) as GoldenLine)
}

export async function expectedOf(folder: string): Promise<GoldenLine[]> {
  const text = await readFile(join(folder, 'expected.jsonl'), 'utf8')
  return sorted(text.split('\n').filter(l => l !== '').map(l => JSON.parse(l) as GoldenLine))
}

/** Durable steps of an uninterrupted run. */
export async function countSteps(query: GoldenQuery, place: Place): Promise<number> {
  const world = crashingWorld(place.root, Infinity)
  await runOnce(query, place, 0, world)
  return world.steps()
}

/** Runs until just before durable step n, then again without a fault. Answers whether the first run got that far. */
export async function runKilledAt(query: GoldenQuery, place: Place, n: number): Promise<boolean> {
  const world = crashingWorld(place.root, n)
  try {
    await runOnce(query, place, 0, world)
  } catch (error) {
    if (!world.crashed()) throw error
    const root = rootCause(error)
    if (!(root instanceof Crash)) throw new Error(`The crash before step ${n} came out as something else.`, { cause: error })
  }
  if (world.crashed()) await runOnce(query, place, 0)
  return world.crashed()
}

function rootCause(error: unknown): unknown {
  let at = error
  while (at instanceof Error && at.cause !== undefined) at = at.cause
  return at
}

/**
 * A foreachBatch that keeps one file a batch; a batch that is delivered again replaces its file, as anybody must do who
 * wants each batch once.
 */
function perBatch(folder: string, world: CrashingWorld | undefined): SinkConnector {
  return foreachBatch(async (batch, { batchId }) => {
    if (world?.crashed() === true) throw new Crash('The process is dead.')
    await mkdir(folder, { recursive: true })
    const path = join(folder, `part-${batchId}-0.jsonl`)
    await writeFile(`${path}.tmp`, batch.rows().map(r => `${JSON.stringify(r)}\n`).join(''))
    await rename(`${path}.tmp`, path)
  })
}
