import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { DecodeContext, Format, FormatOptions } from '../../formats/format.ts'

const chunkBytes = 1024 * 1024

/** Decodes a whole file, front to back or with random access, as the format wants. */
export async function* decodeFile(
  files: FileSystem, path: string, format: Format, schema: Schema, options: FormatOptions, context: DecodeContext,
): AsyncIterable<RecordBatch> {
  if (format.decoder === undefined) {
    if (format.fileDecoder !== undefined) yield* format.fileDecoder(schema, options)(files, path, context)
    return
  }
  const decoder = format.decoder(schema, options, context)
  const file = await files.open(path)
  try {
    const buffer = new Uint8Array(chunkBytes)
    for (let position = 0; ;) {
      const n = await file.read(buffer, 0, chunkBytes, position)
      if (n === 0) break
      position += n
      yield* decoder.push(buffer.subarray(0, n))
    }
    yield* decoder.end()
  } finally {
    await file.close()
  }
}
