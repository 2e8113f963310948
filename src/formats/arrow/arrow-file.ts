import type { Schema as ArrowSchema } from 'apache-arrow'
import { type FileBlock, Footer } from 'apache-arrow/ipc/metadata/file'
import { asUnreadable, unreadable } from '../file-errors.ts'
import type { RandomAccess } from '../random-access.ts'
import { checkFooter, checkMessage } from './flat-guard.ts'
import type { Frame } from './framer.ts'

const magic = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]

/** What the end of an Arrow file says: the schema, and where dictionaries and record batches are. */
export interface ArrowFooter {
  readonly schema: ArrowSchema
  readonly blocks: readonly FileBlock[]
}

/** Whether the bytes begin as the file layout does; a stream begins otherwise. */
export function startsAsFile(bytes: Uint8Array): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

/** @throws QueryError FORMAT_UNREADABLE */
export async function readArrowFooter(file: RandomAccess): Promise<ArrowFooter> {
  if (file.size < 18) throw unreadable(file.name, `it has ${file.size} bytes, too few for an Arrow file`)
  const tail = await file.read(file.size - 10, file.size)
  if (!startsAsFile(tail.subarray(4))) throw unreadable(file.name, 'it does not end as an Arrow file does (ARROW1); it is cut short', file.size - 6)
  const length = new DataView(tail.buffer).getInt32(0, true)
  const start = file.size - 10 - length
  if (length <= 0 || start < 8) throw unreadable(file.name, `its footer claims ${length} bytes`, file.size - 10)
  const bytes = await file.read(start, file.size - 10)
  try {
    checkFooter(bytes)
    const footer = Footer.decode(bytes)
    // Dictionaries first: batches refer to them wherever they stand in the file.
    return { schema: footer.schema, blocks: [...footer.dictionaryBatches(), ...footer.recordBatches()] }
  } catch (error) {
    throw asUnreadable(error, file.name, start)
  }
}

/** One message of a file. */
export async function readBlock(file: RandomAccess, { offset, metaDataLength, bodyLength }: FileBlock): Promise<Frame> {
  const prefixed = await file.read(offset, offset + metaDataLength)
  let header: number
  let metadata: Uint8Array
  try {
    const view = new DataView(prefixed.buffer)
    // Before Arrow 0.15 the length stood there alone.
    const prefix = view.getInt32(0, true) === -1 ? 8 : 4
    metadata = prefixed.subarray(prefix)
    const shape = checkMessage(metadata)
    header = shape.header
    if (shape.bodyLength > bodyLength) throw new Error(`a message claims a body of ${shape.bodyLength} bytes, its footer ${bodyLength}`)
  } catch (error) {
    throw asUnreadable(error, file.name, offset)
  }
  return { header, metadata, body: await file.read(offset + metaDataLength, offset + metaDataLength + bodyLength) }
}
