import type { ObservedRow, TableChange } from '../sink.ts'
import type { LiveTable } from './live-table.ts'

/**
 * What a batch of rows changes in a table: the rows of keys that come again replace those that were there (of one key
 * twice in a batch the last one counts), and of what is then more than `retain` the rows changed longest ago go. With
 * `replaces` the batch is all there is.
 */
export function tableChange(table: LiveTable, rows: readonly { readonly key: string; readonly row: string }[], batchId: number, firstOrder: number, replaces: boolean): TableChange {
  const put = new Map<string, ObservedRow>()
  let order = firstOrder
  for (const { key, row } of rows) {
    put.delete(key)
    put.set(key, { key, row, order: order++, batchId })
  }
  for (const key of put.keys()) {
    if (put.size <= table.retain) break
    put.delete(key)
  }
  const remove: string[] = []
  let excess = put.size - table.retain
  for (const [key] of table.entries()) if (!put.has(key)) excess++
  for (const [key] of table.entries()) {
    if (put.has(key)) continue
    if (!replaces && excess <= 0) break
    remove.push(key)
    excess--
  }
  return { put: [...put.values()], remove }
}
