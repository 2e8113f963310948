import { Message, type Schema as ArrowSchema } from 'apache-arrow'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { asUnreadable, unreadable } from '../file-errors.ts'
import type { FileDecoder } from '../format.ts'
import { RandomAccess } from '../random-access.ts'
import { readArrowFooter, readBlock, startsAsFile } from './arrow-file.ts'
import { fromArrowField } from './arrow-types.ts'
import { BatchLoader } from './batch-loader.ts'
import { schemaHeader } from './flat-guard.ts'
import { Framer } from './framer.ts'
import { ArrowStreamDecoder } from './stream-decoder.ts'

const chunkBytes = 256 * 1024

/**
 * Reads an Arrow file by its footer, or a stream that was saved as a file from front to back. In memory are one record
 * batch as it was written and the dictionaries.
 */
export function arrowFileDecoder(schema: Schema): FileDecoder {
  return async function* (files, path, context) {
    const file = await RandomAccess.open(files, path, context.origin)
    try {
      if (await isFile(file)) yield* readFile(file, schema)
      else yield* readStream(file, schema)
    } finally {
      await file.close()
    }
  }
}

async function isFile(file: RandomAccess): Promise<boolean> {
  return startsAsFile(await file.read(0, Math.min(8, file.size)))
}

async function* readFile(file: RandomAccess, schema: Schema): AsyncGenerator<RecordBatch> {
  const footer = await readArrowFooter(file)
  const loader = new BatchLoader(schema, file.name)
  loader.setSchema(footer.schema)
  for (const block of footer.blocks) yield* loader.load(await readBlock(file, block), block.offset)
}

async function* readStream(file: RandomAccess, schema: Schema): AsyncGenerator<RecordBatch> {
  const decoder = new ArrowStreamDecoder(schema, file.name)
  for (let at = 0; at < file.size; at += chunkBytes) yield* decoder.push(await file.read(at, Math.min(file.size, at + chunkBytes)))
  yield* decoder.end()
}

/**
 * The schema that Arrow data states, from its first bytes or (a file that has it at the end only) from the file.
 *
 * @throws QueryError FORMAT_UNREADABLE, FORMAT_UNSUPPORTED
 */
export async function arrowSchema(input: { readonly files: FileSystem; readonly path: string; readonly sample: Uint8Array }): Promise<Schema> {
  const found = schemaAtStart(input.sample, input.path) ?? (await schemaInFile(input.files, input.path))
  try {
    return makeSchema(found.fields.map(f => fromArrowField(f, { file: input.path, column: f.name })))
  } catch (error) {
    throw asUnreadable(error, input.path)
  }
}

function schemaAtStart(sample: Uint8Array, path: string): ArrowSchema | null {
  const framer = new Framer()
  try {
    for (const frame of framer.push(sample)) {
      return frame.header === schemaHeader ? (Message.decode(frame.metadata).header() as unknown as ArrowSchema) : null
    }
    return null
  } catch (error) {
    throw asUnreadable(error, path, framer.position)
  }
}

async function schemaInFile(files: FileSystem, path: string): Promise<ArrowSchema> {
  const file = await RandomAccess.open(files, path, path)
  try {
    if (await isFile(file)) return (await readArrowFooter(file)).schema
    // A schema larger than the sample: metadata alone is never so large that it could not be read as a whole.
    const found = schemaAtStart(await file.read(0, Math.min(file.size, 80 * 1024 * 1024)), path)
    if (found === null) throw unreadable(path, 'it has no schema')
    return found
  } finally {
    await file.close()
  }
}
