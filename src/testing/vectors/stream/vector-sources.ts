import { setModifiedTime } from '../../../common/node/file-times.ts'
import type { Json } from '../../../common/json.ts'
import type { FileSystem } from '../../../common/file-system.ts'
import { makeSchema, type Schema } from '../../../columnar/schema.ts'
import type { LogicalPlan } from '../../../plan/logical-plan.ts'
import type { SourceConnector } from '../../../session/connector.ts'
import type { Session } from '../../../session/session.ts'
import { files as filesConnector } from '../../../session/connectors/files.ts'
import { MemorySource } from '../../../sources/memory/memory-source.ts'
import { keepColumns, type KnownColumns, memoryConnector, staticScan } from '../frames.ts'
import { batchOf } from '../values.ts'
import type { VectorSource } from '../vector.ts'

/** One source of a stream vector: rows can be added to it while queries come and go. */
export interface LiveSource {
  /** The plan that reads it. @throws AnalysisError when its options are refused */
  scan(session: Session): LogicalPlan
  /** Makes rows available: what one `in` of a step holds for it. */
  add(entries: readonly Json[]): Promise<void>
  readonly streaming: boolean
}

export interface SourceEnvironment {
  readonly name: string
  readonly directory: string
  readonly files: FileSystem
}

export function liveSource(source: VectorSource, known: KnownColumns, environment: SourceEnvironment): LiveSource {
  switch (source.kind) {
    case 'static':
      return {
        streaming: false,
        scan: session => staticScan(session, known.schema, [batchOf(known.schema, keepColumns(source.rows ?? [], known))]),
        add: async () => undefined,
      }
    case 'memory':
      return memory(known, environment.name)
    case 'file':
      return new FileInput(source, known.schema, environment)
    case 'rate-micro-batch':
      return {
        streaming: true,
        scan: session => session.readStream(rateConnector(source, known.schema, environment.name)).plan,
        add: async () => undefined,
      }
  }
}

function memory(known: KnownColumns, name: string): LiveSource {
  const queue = new MemorySource(known.schema)
  const connector = memoryConnector(queue, name)
  return {
    streaming: true,
    scan: session => session.readStream(connector).plan,
    // One entry is one input partition.
    add: async entries => void queue.addData(batchOf(known.schema, keepColumns(entries as readonly (readonly Json[])[], known))),
  }
}

function rateConnector(source: VectorSource, schema: Schema, name: string): SourceConnector<unknown> {
  // Both engines give the columns timestamp and value; ours never gives null.
  const exact = makeSchema(schema.fields.map(f => ({ ...f, nullable: false })))
  return { kind: 'connector', provider: 'rate-micro-batch', options: source.options ?? {}, schema: exact, name }
}

/** Our words for Spark's options. */
const optionNames: { readonly [name: string]: string } = { recursiveFileLookup: 'recursive' }

interface FileEntry {
  readonly name: string
  readonly rows: readonly (readonly Json[])[]
  readonly mtime?: string
}

/** A folder of JSON lines: a row is a line without its null fields. */
class FileInput implements LiveSource {
  readonly streaming = true
  readonly #source: VectorSource
  readonly #schema: Schema
  readonly #environment: SourceEnvironment
  #written = 0

  constructor(source: VectorSource, schema: Schema, environment: SourceEnvironment) {
    this.#source = source
    this.#schema = schema
    this.#environment = environment
  }

  scan(session: Session): LogicalPlan {
    const options = Object.fromEntries(Object.entries(this.#source.options ?? {}).map(([k, v]) => [optionNames[k] ?? k, v]))
    return session.readStream(filesConnector({ ...options, path: this.#environment.directory, format: 'jsonl', schema: this.#schema, name: this.#environment.name } as never)).plan
  }

  async add(entries: readonly Json[]): Promise<void> {
    const { files, directory } = this.#environment
    for (const entry of entries as unknown as readonly FileEntry[]) {
      const path = `${directory}/${entry.name}`
      await files.makeDirectory(path.slice(0, path.lastIndexOf('/')))
      const file = await files.create(path)
      await file.write(new TextEncoder().encode(entry.rows.map(row => `${this.#line(row)}\n`).join('')))
      await file.close()
      await setModifiedTime(path, entry.mtime === undefined ? firstFileMs + this.#written * 1000 : Date.parse(entry.mtime))
      this.#written++
    }
  }

  #line(row: readonly Json[]): string {
    return JSON.stringify(Object.fromEntries(this.#schema.fields.flatMap((f, i) => (row[i] === null || row[i] === undefined ? [] : [[f.name, row[i]]]))))
  }
}

const firstFileMs = Date.parse('2024-01-01T00:00:00Z')

