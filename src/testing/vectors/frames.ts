import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { field } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import type { LiveReference, SinkConnector, SourceConnector } from '../../session/connector.ts'
import type { Session } from '../../session/session.ts'
import { MemorySource } from '../../sources/memory/memory-source.ts'
import { hasSparkType, parseSparkType } from './spark-types.ts'
import { type Tree, UnsupportedFeature, type VectorColumn } from './vector.ts'
import type { Json } from '../../common/json.ts'

let made = 0

/** An id for a live object that nobody else in this process has. */
function freshId(what: string): string {
  return `${what}-${made++}`
}

/** A memory source as a connector; `name` is its name on disk. */
export function memoryConnector(source: MemorySource, name: string): SourceConnector<unknown> {
  const live: LiveReference = { id: freshId('vector-source'), object: source }
  return { kind: 'connector', provider: 'memory', options: { id: live.id }, live, schema: source.schema, name }
}

/** A sink that lives in this process as a connector. */
export function liveSink(object: unknown): SinkConnector {
  const live: LiveReference = { id: freshId('vector-sink'), object }
  return { kind: 'connector', provider: 'memory', options: { id: live.id }, live }
}

/** The plan of static rows, one input partition for each batch. */
export function staticScan(session: Session, schema: Schema, batches: readonly RecordBatch[]): LogicalPlan {
  const source = new MemorySource(schema)
  for (const batch of batches) source.addData(batch)
  return session.readBatch({ ...memoryConnector(source, 'rows'), name: undefined } as SourceConnector<unknown>).plan
}

/** The columns of a source that we have a type for, and where they stand in a row of the vector. */
export interface KnownColumns {
  readonly schema: Schema
  readonly positions: readonly number[]
}

/**
 * Many sources carry a column of a type that we lack and that the query never looks at: it is left out.
 * @throws UnsupportedFeature when the query, or its result, needs the column
 */
export function knownColumns(columns: readonly VectorColumn[], query: Tree, output: readonly VectorColumn[] | undefined): KnownColumns {
  const lacking = columns.filter(c => !hasSparkType(c.type))
  for (const c of output ?? []) parseSparkType(c.type)
  for (const c of lacking) if (mentions(query, c.name) || returnsAll(query)) throw featureOf(c.type)
  const positions = columns.flatMap((c, i) => (lacking.includes(c) ? [] : [i]))
  return { schema: makeSchema(positions.map(i => field(columns[i].name, parseSparkType(columns[i].type), columns[i].nullable ?? true))), positions }
}

/** Rows of a vector without the columns that were left out. */
export function keepColumns(rows: readonly (readonly Json[])[], known: KnownColumns): (readonly Json[])[] {
  return rows.map(row => known.positions.map(i => row[i] ?? null))
}

function mentions(tree: Json | undefined, column: string): boolean {
  if (Array.isArray(tree)) return tree.some(item => mentions(item as Json, column))
  if (tree === null || tree === undefined || typeof tree !== 'object') return false
  const { col } = tree as Tree
  if (typeof col === 'string' && (col === column || col.startsWith(`${column}.`))) return true
  return Object.values(tree).some(v => mentions(v, column))
}

/** Whether the rows of the source come out as they are. */
function returnsAll(query: Tree): boolean {
  const op = query['op'] as string
  if (op === 'source') return true
  if (op === 'select' || op === 'aggregate' || op === 'rollup' || op === 'cube') return false
  return [query['input'], query['left'], query['right']].some(q => q !== undefined && returnsAll(q as Tree))
}

function featureOf(type: string): UnsupportedFeature {
  try {
    parseSparkType(type)
  } catch (error) {
    if (error instanceof UnsupportedFeature) return error
  }
  return new UnsupportedFeature(`type ${type}`)
}
