import { makeError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { ExtraOutput, Model } from '../model.ts'
import { chunkLines } from './jsonl-lines.ts'
import { rowId } from './input-plan.ts'
import { scoreRows } from './score-rows.ts'

export interface ParityReport {
  readonly rows: number
  readonly wrongRows: number
  readonly fields: readonly FieldReport[]
}

interface FieldReport {
  readonly name: string
  /** Of `|got − expected| / max(1, |expected|)` over all rows; Infinity where something is no number or of another shape. */
  readonly largest: number
  readonly wrong: number
  /** 1-based; 0 when none is wrong. */
  readonly firstWrong: number
}

type Value = unknown

/** Scores a file and compares with the library's own answers, field by field; rows are matched by `rid` where both have it, else by position. */
export async function compareScores(model: Model, files: FileSystem, input: string, expected: string, tolerance: number): Promise<ParityReport> {
  const extras = new Set<ExtraOutput>(['contributions', 'leaves', 'margin', 'stages'])
  const got: Record<string, Value>[] = []
  for await (const chunk of scoreRows(model, files, input, extras)) got.push(...parseLines(chunkLines(chunk), input))
  const want = parseLines(await files.readFile(expected), expected)
  const byId = want.every(row => row[rowId] !== undefined) ? new Map(got.map(row => [row[rowId], row])) : undefined
  const fields = new Map<string, { largest: number; wrong: number; firstWrong: number }>()
  let wrongRows = 0
  want.forEach((row, k) => {
    const answer = byId === undefined ? got[k] : byId.get(row[rowId])
    let isWrong = false
    for (const [name, value] of Object.entries(row)) {
      const field = fields.get(name) ?? { largest: 0, wrong: 0, firstWrong: 0 }
      fields.set(name, field)
      const difference = answer === undefined || !Object.hasOwn(answer, name) ? Infinity : differenceOf(answer[name], value)
      field.largest = Math.max(field.largest, difference)
      if (difference <= tolerance) continue
      isWrong = true
      field.wrong++
      if (field.firstWrong === 0) field.firstWrong = k + 1
    }
    if (isWrong) wrongRows++
  })
  return { rows: want.length, wrongRows: wrongRows + Math.max(0, got.length - want.length), fields: [...fields].map(([name, f]) => ({ name, ...f })) }
}

function parseLines(bytes: Uint8Array, origin: string): Record<string, Value>[] {
  const lines = Buffer.from(bytes).toString().split('\n')
  return lines.flatMap((line, k) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as Record<string, Value>]
    } catch (cause) {
      throw makeError('FORMAT_BAD_RECORD', `Line ${k + 1} of "${origin}" is no JSON.`, { context: { origin, line: k + 1 }, cause })
    }
  })
}

/** 0 for equal values; arrays and objects differ by as much as what differs most in them. */
function differenceOf(got: Value, want: Value): number {
  if (isSparse(want)) return differenceOf(got, dense(want))
  if (isSparse(got)) return differenceOf(dense(got), want)
  if (Array.isArray(got) && Array.isArray(want)) {
    return got.length === want.length ? got.reduce((worst: number, value, k) => Math.max(worst, differenceOf(value, want[k])), 0) : Infinity
  }
  if (isObject(got) && isObject(want)) {
    const names = Object.keys(want)
    if (names.length !== Object.keys(got).length || names.some(name => !Object.hasOwn(got, name))) return Infinity
    return names.reduce((worst, name) => Math.max(worst, differenceOf(got[name], want[name])), 0)
  }
  if (got === want) return 0
  if (typeof got !== 'number' || typeof want !== 'number') return Infinity
  return Math.abs(got - want) / Math.max(1, Math.abs(want))
}

function isObject(value: Value): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Sparse {
  readonly size: number
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

function isSparse(value: Value): value is Sparse & Record<string, Value> {
  return isObject(value) && typeof value.size === 'number' && Array.isArray(value.indices) && Array.isArray(value.values) && value.size <= 10_000_000
}

function dense({ size, indices, values }: Sparse): number[] {
  const all = new Array<number>(size).fill(0)
  indices.forEach((index, k) => (all[index] = values[k]))
  return all
}
