import { loadFormat } from '../../formats/registry.ts'
import type { SinkProvider } from '../sink.ts'
import { FileSink } from './file-sink.ts'
import { FileWriter } from './file-writer.ts'
import { fileSchema, resolveFileSinkOptions } from './options.ts'

/** Writes files into a folder, exactly once. A file cannot be taken back, so only final rows are taken (append). */
export const fileSinkProvider: SinkProvider = Object.freeze({
  name: 'files',
  modes: ['append'] as const,
  kind: 'sink',
  async open(given, environment) {
    const options = resolveFileSinkOptions(given)
    const format = await loadFormat(options.format)
    format.checkSchema?.(fileSchema(environment.schema, options.partitionBy), options.formatOptions)
    return FileSink.open(options, environment)
  },
  writer: async (given, schema, environment) => new FileWriter(resolveFileSinkOptions(given), schema, environment),
} satisfies SinkProvider)
