import type { FileMetaData, RowGroup } from 'hyparquet'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import { field } from '../../columnar/data-type.ts'
import { nullVector } from '../../columnar/vector.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { conform } from '../conform.ts'
import { asUnreadable, unreadable } from '../file-errors.ts'
import type { FileDecoder } from '../format.ts'
import { assemble } from './assemble.ts'
import { fileColumns, type Leaf, nodeType } from './file-schema.ts'
import { readFooter } from './footer.ts'
import { LeafReader, type LeafRows } from './leaf-reader.ts'
import { RandomAccess } from '../random-access.ts'
import { leavesOf, planColumns, type ReadColumn } from './read-plan.ts'

/** A batch is cut so that it has about this many bytes, if rows are that large. */
const batchBytes = 32 * 1024 * 1024

/** Writers make row groups of some million rows at most. */
const maxGroupRows = 2 ** 31

/**
 * Reads a Parquet file batch by batch: for every column that the schema names a window of 256 KiB, one decompressed
 * page and one batch are in memory, however large row groups are. Other columns are not read at all.
 */
export function parquetDecoder(schema: Schema): FileDecoder {
  return async function* (files, path, context) {
    const file = await RandomAccess.open(files, path, context.origin)
    try {
      const metadata = await readFooter(file)
      const plan = planColumns(columnsOf(metadata, file), schema.fields, file.name)
      const leaves = leavesOf(plan)
      for (const group of metadata.row_groups) yield* readGroup(file, schema, plan, leaves, group)
    } finally {
      await file.close()
    }
  }
}

async function* readGroup(file: RandomAccess, schema: Schema, plan: readonly ReadColumn[], leaves: readonly Leaf[], group: RowGroup): AsyncGenerator<RecordBatch> {
  const rows = Number(group.num_rows)
  if (!(rows >= 0 && rows < maxGroupRows)) throw unreadable(file.name, `a row group claims ${group.num_rows} rows`)
  const readers = leaves.map(leaf => ({ leaf, reader: leafReader(file, leaf, group) }))
  const step = batchRows(leaves, group, rows)
  for (let start = 0; start < rows; start += step) {
    const count = Math.min(step, rows - start)
    const read = new Map<number, LeafRows>()
    for (const { leaf, reader } of readers) read.set(leaf.index, await reader.read(count))
    yield batchOf(file, schema, plan, read, count)
  }
}

function leafReader(file: RandomAccess, leaf: Leaf, group: RowGroup): LeafReader {
  const chunk = group.columns[leaf.index]
  if (chunk === undefined) throw unreadable(file.name, `a row group has ${group.columns.length} columns, fewer than the schema`)
  const path = chunk.meta_data?.path_in_schema ?? []
  if (chunk.meta_data !== undefined && (path.at(-1) !== leaf.element.name || chunk.meta_data.type !== leaf.element.type)) {
    throw unreadable(file.name, `a row group has column "${path.join('.')}" in the place of "${leaf.element.name}"`)
  }
  return new LeafReader(file, leaf, chunk, { file: file.name, column: path.join('.') })
}

function batchOf(file: RandomAccess, schema: Schema, plan: readonly ReadColumn[], read: ReadonlyMap<number, LeafRows>, count: number): RecordBatch {
  try {
    const columns = plan.map(({ wanted, origin, read: node }) => {
      if (node === null) return nullVector(wanted.type, count)
      const vector = assemble(node, read)
      if (vector.length !== count) throw new Error(`column "${origin.column}" has ${vector.length} values in ${count} rows`)
      return conform(vector, wanted, origin)
    })
    return new RecordBatch(schema, count, columns)
  } catch (error) {
    throw asUnreadable(error, file.name)
  }
}

/** Rows of a batch, from what the footer says about the size of a row. */
function batchRows(leaves: readonly Leaf[], group: RowGroup, rows: number): number {
  let bytes = 0
  for (const leaf of leaves) bytes += Number(group.columns[leaf.index]?.meta_data?.total_uncompressed_size ?? 0)
  const fitting = Math.floor(batchBytes / Math.max(1, bytes / Math.max(1, rows)))
  if (!Number.isFinite(fitting)) return 8
  // Multiples of 8 keep bitmaps cheap to slice.
  return Math.max(8, Math.min(maxBatchRows, fitting - (fitting % 8)))
}

function columnsOf(metadata: FileMetaData, file: RandomAccess): ReturnType<typeof fileColumns> {
  try {
    return fileColumns(metadata.schema)
  } catch (error) {
    throw asUnreadable(error, file.name)
  }
}

/**
 * The schema that a Parquet file states. Columns that it declares required are not nullable; vector(n) comes back as
 * array<float64> and integer as int64, which is what files hold.
 *
 * @throws QueryError FORMAT_UNREADABLE, FORMAT_UNSUPPORTED
 */
export async function parquetSchema(files: FileSystem, path: string): Promise<Schema> {
  const file = await RandomAccess.open(files, path, path)
  try {
    const columns = columnsOf(await readFooter(file), file)
    return makeSchema(columns.map(c => field(c.name, nodeType(c, { file: path, column: c.name }), c.nullable)))
  } finally {
    await file.close()
  }
}
