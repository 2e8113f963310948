import type { InputFile, InputRow, Job, SinkRole } from './job.ts'

/** One batch as the oracle takes it: the files that it read, in order, and what `serial` was in each. */
export interface ReadBatch {
  /** `seen`: the serial shows in an output. */
  readonly files: readonly { readonly file: InputFile; readonly serial: number; readonly seen: boolean }[]
}

/** What a batch must give: rows of each output as sorted texts, and the watermarks it must have had (milliseconds). */
export interface ExpectedBatch {
  readonly late: number | null
  readonly evict: number | null
  readonly rows: Readonly<Record<SinkRole, readonly string[]>>
}

export interface Evaluation {
  readonly batches: readonly ExpectedBatch[]
  /** A batch without data would close more. */
  readonly unfinished: boolean
}

interface Group {
  readonly start: number | null
  readonly key: string
  n: number
  total: number | null
  readonly codes: number[]
}

/** `code` of a row: which row it is, and which reading of it. */
export function codeOf(row: InputRow, serial: number): number {
  return serial * 1000 + row.id
}

/** The query over the batches, written as plainly as can be: the oracle. Shares no code with the engine. */
export function evaluate(job: Job, batches: readonly ReadBatch[]): Evaluation {
  const state = new Map<string, Group>()
  const expected: ExpectedBatch[] = []
  let late: number | null = null
  let evict: number | null = null
  let watermark: number | null = null
  for (const batch of batches) {
    late = evict
    evict = watermark
    const rows: Record<SinkRole, string[]> = { output: [], lateRows: [], deadLetters: [] }
    const touched = new Set<Group>()
    let newest = -Infinity
    for (const { file, serial } of batch.files) {
      file.rows.forEach((row, line) => {
        if (row.bad) {
          rows.deadLetters.push(`${file.name}:${line + 1}`)
          return
        }
        newest = Math.max(newest, row.at * 1000)
        const code = codeOf(row, serial)
        if (job.shape === 'rows') {
          rows.output.push(rowText(row.key, row.value, code))
          return
        }
        const start = job.shape === 'totals' ? null : Math.floor(row.at / job.windowSeconds) * job.windowSeconds * 1000
        if (start !== null && late !== null && start + job.windowSeconds * 1000 <= late) {
          rows.lateRows.push(`${code}`)
          return
        }
        const name = `${start}/${row.key}`
        const group: Group = state.get(name) ?? { start, key: row.key, n: 0, total: null, codes: [] }
        group.n++
        if (row.value !== null) group.total = (group.total ?? 0) + row.value
        group.codes.push(code)
        state.set(name, group)
        touched.add(group)
      })
    }
    if (job.shape === 'windows-update' || job.shape === 'totals') for (const g of touched) rows.output.push(groupText(g))
    for (const [name, group] of closedGroups(job, state, evict)) {
      if (job.shape === 'windows') rows.output.push(groupText(group))
      state.delete(name)
    }
    if (newest > -Infinity && job.shape.startsWith('windows')) watermark = Math.max(watermark ?? -Infinity, newest - job.delaySeconds * 1000)
    for (const list of Object.values(rows)) list.sort()
    expected.push({ late, evict, rows })
  }
  return { batches: expected, unfinished: closedGroups(job, state, watermark).length > 0 }
}

function closedGroups(job: Job, state: ReadonlyMap<string, Group>, watermark: number | null): [string, Group][] {
  if (watermark === null) return []
  return [...state].filter(([, g]) => g.start !== null && g.start + job.windowSeconds * 1000 <= watermark)
}

export function rowText(key: string, value: number | null, code: number): string {
  return `${key} ${value} ${code}`
}

export function groupText(group: { readonly start: number | null; readonly key: string; readonly n: number; readonly total: number | null; readonly codes: readonly number[] }): string {
  return `${group.start} ${group.key} n=${group.n} total=${group.total} codes=${group.codes.join(',')}`
}
