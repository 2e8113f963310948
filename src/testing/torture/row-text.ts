import { groupText, rowText } from './evaluate.ts'
import type { QueryShape, SinkRole } from './job.ts'

/** A row as a sink holds it (from JSON text or from memory), as the oracle writes it. */
export function sinkRowText(role: SinkRole, shape: QueryShape, row: { readonly [column: string]: unknown }): string {
  if (role === 'deadLetters') return `${row['origin'] as string}:${row['line'] as number}`
  if (role === 'lateRows') return `${row['code'] as number}`
  const key = row['key'] as string
  if (shape === 'rows') return rowText(key, row['value'] as number | null, row['code'] as number)
  return groupText({
    key,
    start: row['start'] === undefined ? null : new Date(row['start'] as string | Date).getTime(),
    n: row['n'] as number,
    total: row['total'] as number | null,
    codes: row['codes'] as readonly number[],
  })
}

/** Every number that stands for a row and its reading in a text of the oracle. */
export function codesIn(text: string): number[] {
  return [...text.matchAll(/\d{10}(?!\d)/g)].map(m => Number(m[0]))
}
