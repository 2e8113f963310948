import type { Json } from '../../../common/json.ts'
import { field } from '../../../columnar/data-type.ts'
import { makeSchema } from '../../../columnar/schema.ts'
import { files as filesConnector } from '../../../session/connectors/files.ts'
import { parseSparkType } from '../spark-types.ts'
import { rowsToJson } from '../values.ts'
import type { VectorColumn } from '../vector.ts'
import type { StreamWorld } from './stream-run.ts'

/** Rows in the folder of a file sink, as any reader of the folder finds them. */
export async function readSinkRows({ session, ports }: StreamWorld, directory: string, columns: readonly VectorColumn[]): Promise<Json[]> {
  if ((await ports.files.stat(directory)) === undefined) return []
  const schema = makeSchema(columns.map(c => field(c.name, parseSparkType(c.type))))
  return rowsToJson(await session.frame(session.readBatch(filesConnector({ path: directory, format: 'jsonl', schema })).plan).collectBatch())
}

/** Ids of the batches in the log of a file sink, as Spark names its manifests. */
export async function readManifest({ ports }: StreamWorld, directory: string): Promise<string[]> {
  const slots = `${directory}/_manifest/slot`
  if ((await ports.files.stat(slots)) === undefined) return []
  const ids = new Set<number>()
  for (const { name } of await ports.files.list(slots)) {
    const [line] = new TextDecoder().decode(await ports.files.readFile(`${slots}/${name}`)).split('\n')
    const entry = JSON.parse(line) as { readonly kind: string; readonly last?: { readonly batchId: number } | null }
    if (entry.kind === 'batch' && entry.last) ids.add(entry.last.batchId)
  }
  return [...ids].sort((a, b) => a - b).map(String)
}

/** Input files that are still there, relative to their folder. */
export async function listSource({ ports }: StreamWorld, directory: string, prefix = ''): Promise<string[]> {
  const found: string[] = []
  for (const entry of await ports.files.list(`${directory}/${prefix}`)) {
    if (entry.kind === 'directory') found.push(...(await listSource({ ports } as StreamWorld, directory, `${prefix}${entry.name}/`)))
    else found.push(`${prefix}${entry.name}`)
  }
  return found.sort()
}
