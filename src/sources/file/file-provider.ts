import { loadFormat } from '../../formats/registry.ts'
import type { SourceProvider } from '../source.ts'
import { FileReader } from './file-reader.ts'
import { FileSource } from './file-source.ts'
import { resolveFileSourceOptions } from './options.ts'

/** Files of a folder or pattern, new ones as they come. */
export const fileSourceProvider: SourceProvider = Object.freeze({
  name: 'files',
  async open(given, schema, environment) {
    const options = resolveFileSourceOptions(given)
    const format = await loadFormat(options.format)
    format.checkSchema?.(schema, options.formatOptions)
    return FileSource.open(options, schema, environment)
  },
  reader: async (given, schema) => new FileReader(resolveFileSourceOptions(given), schema),
} satisfies SourceProvider)
