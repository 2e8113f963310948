import { SeededRandom } from '../simulation/seeded-random.ts'
import type { CrashMode } from '../simulation/simulated-crash.ts'

/** One line of input. A bad one is not JSON and becomes a dead letter. */
export interface InputRow {
  readonly id: number
  readonly key: string
  readonly value: number | null
  /** Event time, seconds. */
  readonly at: number
  readonly bad: boolean
}

export interface InputFile {
  readonly name: string
  readonly rows: readonly InputRow[]
  /** The life of the query (0: the first) before which the file appears. */
  readonly arrival: number
}

/**
 * What the query does. `rows`: without state · `windows`: append · `windows-update`, `totals` (plain keys): update.
 */
export type QueryShape = 'rows' | 'windows' | 'windows-update' | 'totals'

/** `files`: look-up, resumable · `table`: look-up, not resumable · `deliver`: as foreachBatch, no look-up. */
export type SinkKind = 'files' | 'table' | 'deliver'

export type SinkRole = 'output' | 'lateRows' | 'deadLetters'

/** `fail`: the step fails without effect, as with a full disk · `fail after`: it takes effect, and fails all the same. */
export type EndMode = CrashMode | 'fail' | 'fail after'

export interface PlannedCrash {
  readonly mode: EndMode
  /** Where in its life it comes, 0 to 1 of what the life is expected to do. A life that ends before goes on to the next. */
  readonly at: number
  /** The very step, instead. */
  readonly step?: number
}

/** A small query with its input and its misfortunes. The same seed gives the same job. */
export interface Job {
  readonly seed: number
  readonly shape: QueryShape
  readonly sinks: readonly { readonly role: SinkRole; readonly kind: SinkKind; readonly maxRowsPerFile: number | null; readonly partitioned: boolean }[]
  readonly files: readonly InputFile[]
  readonly maxFilesPerTrigger: number | null
  readonly cleanSource: 'off' | 'delete' | 'archive'
  readonly delaySeconds: number
  readonly windowSeconds: number
  readonly statePartitions: number
  readonly snapshotInterval: number
  readonly minBatchesToRetain: number
  readonly spoolOutput: boolean
  readonly crashes: readonly PlannedCrash[]
  /** Share of the lives before the last that run one batch without limits and end. */
  readonly onceShare: number
  /** Rows are scored by a model, which is another one after some restarts: its version is added to `serial`. */
  readonly scored: boolean
  /** Every reading of a file gives other values in its column `serial`. */
  readonly nondeterministic: boolean
  /** Small pages, so that batches and crashes fall between them; null: the usual size, which is one page. */
  readonly snapshotPageBytes: number | null
}

/** What a mode asks of its jobs; what is left out is random. */
export interface JobWishes {
  readonly crash: 'kill' | 'power' | 'mixed' | 'errors'
  readonly nondeterministic?: boolean
  readonly shapes?: readonly QueryShape[]
  readonly outputs?: readonly SinkKind[]
  readonly sides?: readonly (SinkKind | null)[]
  readonly cleanSource?: readonly Job['cleanSource'][]
  readonly spoolOutput?: boolean
  /** Most rows and files: snapshots and clean-up need longer jobs. @default false */
  readonly long?: boolean
  readonly statePartitions?: number
  readonly scored?: boolean
}

const keys = ['a', 'b', 'c'] as const

export function makeJob(seed: number, wishes: JobWishes): Job {
  const random = new SeededRandom(seed)
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]
  const shape = pick(wishes.shapes ?? (['rows', 'windows', 'windows', 'windows-update', 'totals'] as const))
  const append = shape === 'rows' || shape === 'windows'
  const outputs = wishes.outputs ?? (['files', 'files', 'table', 'deliver'] as const)
  const sides = wishes.sides ?? ([null, null, 'files', 'table', 'deliver'] as const)
  const output = pick(append ? outputs : outputs.filter(o => o !== 'files').concat(outputs.every(o => o === 'files') ? ['table'] : []))
  const late = shape.startsWith('windows') ? pick(sides) : null
  const dead = pick(sides)
  const sink = (role: SinkRole, kind: SinkKind) => ({
    role, kind,
    maxRowsPerFile: kind === 'files' && random.chance(0.5) ? 1 + random.below(2) : null,
    partitioned: kind === 'files' && role === 'output' && random.chance(0.2),
  })
  const crashCount = 1 + random.below(8)
  const files = inputFiles(random, { crashCount, bad: dead !== null, long: wishes.long ?? false })
  return {
    seed, shape, files,
    sinks: [sink('output', output), ...(late === null ? [] : [sink('lateRows', late)]), ...(dead === null ? [] : [sink('deadLetters', dead)])],
    maxFilesPerTrigger: wishes.long === true ? 1 : pick([null, 1, 1, 2]),
    cleanSource: pick(wishes.cleanSource ?? (['off', 'delete', 'archive'] as const)),
    delaySeconds: pick([0, 10, 25]),
    windowSeconds: 20,
    statePartitions: wishes.statePartitions ?? pick([1, 2, 3]),
    snapshotInterval: pick(wishes.long === true ? [1, 2] : [1, 2, 3]),
    minBatchesToRetain: pick([1, 1, 2, 100]),
    spoolOutput: wishes.spoolOutput ?? random.chance(0.15),
    crashes: Array.from({ length: crashCount }, () => plannedCrash(random, wishes.crash)),
    onceShare: 0.15,
    scored: wishes.scored ?? (wishes.nondeterministic !== true && random.chance(0.15)),
    nondeterministic: wishes.nondeterministic ?? false,
    snapshotPageBytes: pick([null, 1, 1, 60]),
  }
}

/** A third of the crashes fall into opening and recovery, the others anywhere. */
function plannedCrash(random: SeededRandom, mode: JobWishes['crash']): PlannedCrash {
  const at = random.below(1000) / 1000
  const all: readonly EndMode[] = mode === 'mixed' ? ['kill', 'power'] : mode === 'errors' ? ['fail', 'fail after', 'fail', 'fail after', 'power'] : [mode]
  return { mode: all[random.below(all.length)], at: random.chance(0.33) ? at * 0.3 : at }
}

function inputFiles(random: SeededRandom, options: { crashCount: number; bad: boolean; long: boolean }): InputFile[] {
  const fileCount = options.long ? 6 + random.below(5) : 2 + random.below(5)
  const rowCount = Math.max(fileCount, 6 + random.below(11))
  let at = 1000
  let id = 0
  const files: InputFile[] = []
  const arrivals = Array.from({ length: fileCount }, () => random.below(options.crashCount + 1)).sort((a, b) => a - b)
  for (let f = 0; f < fileCount; f++) {
    const rows: InputRow[] = []
    const here = f === fileCount - 1 ? rowCount - id : 1 + random.below(Math.max(1, Math.ceil((2 * (rowCount - id)) / (fileCount - f)) - 1))
    for (let r = 0; r < here && id < rowCount; r++) {
      at += random.below(15)
      const late = random.chance(0.2) ? random.below(80) : 0
      rows.push({ id: id++, key: keys[random.below(keys.length)], value: random.chance(0.1) ? null : random.below(100), at: at - late, bad: options.bad && random.chance(0.15) })
    }
    if (rows.length === 0) rows.push({ id: id++, key: 'a', value: 1, at, bad: false })
    files.push({ name: `in-${String(f).padStart(3, '0')}.jsonl`, rows, arrival: arrivals[f] })
  }
  return files
}

/**
 * Input that makes stored state visible after everything else: rows for every key in the newest windows (update and plain
 * keys show their whole group), then one far in the future (append closes all windows).
 */
export function probeFiles(job: Job): readonly (readonly InputFile[])[] {
  const rows = job.files.flatMap(f => f.rows)
  const last = Math.max(...rows.map(r => r.at))
  const probe = (n: number, at: number[]): InputFile => ({
    name: `probe-${n}.jsonl`, arrival: -1,
    rows: at.flatMap((t, i) => keys.map((key, j) => ({ id: 900 + n * 20 + i * 3 + j, key, value: 1, at: t, bad: false }))),
  })
  return [[probe(0, [last, last - job.windowSeconds])], [probe(1, [last + 10_000])]]
}

/** The text of a file. `serial` has a fixed width, so that another reading may put another number there. */
export function fileText(file: InputFile): string {
  return file.rows.map(rowText).join('')
}

export const firstSerial = 1_000_000
export const serialMark = `"serial":${firstSerial}`

function rowText(row: InputRow): string {
  const text = `{"id":${row.id},"key":"${row.key}","value":${row.value},"at":"${new Date(row.at * 1000).toISOString()}",${serialMark}}\n`
  return row.bad ? `!${text}` : text
}
