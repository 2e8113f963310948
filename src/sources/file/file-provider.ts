import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { isMillraceError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { type Format, isSplittable } from '../../formats/format.ts'
import { loadFormat } from '../../formats/registry.ts'
import type { SourceProvider } from '../source.ts'
import { FileReader } from './file-reader.ts'
import { FileSource } from './file-source.ts'
import { findRoot, listFiles } from './list-files.ts'
import { type ResolvedFileSourceOptions, resolveFileSourceOptions } from './options.ts'
import { partitionValues } from './partition-values.ts'
import { unusable } from './path-errors.ts'

/** Files of a folder or pattern, new ones as they come. */
export const fileSourceProvider: SourceProvider = Object.freeze({
  name: 'files',
  async open(given, schema, environment) {
    const options = resolveFileSourceOptions(given)
    const format = await loadFormat(options.format)
    await checkFormat(format, options, schema, environment.ports.files)
    return FileSource.open(options, schema, environment, isSplittable(format, options.formatOptions))
  },
  reader: async (given, schema) => new FileReader(resolveFileSourceOptions(given), schema),
} satisfies SourceProvider)

/**
 * Whether the format can hold the columns that stand in the files. Which ones stand in the names of folders only the
 * files tell, so these are looked at when the format refuses the whole schema; without a file yet, the first one decides.
 */
async function checkFormat(format: Format, options: ResolvedFileSourceOptions, schema: Schema, files: FileSystem): Promise<void> {
  try {
    format.checkSchema?.(schema, options.formatOptions)
  } catch (error) {
    const root = isMillraceError(error) && error.code === 'PLAN_UNSUPPORTED_TYPE' ? await findRoot(files, options.path) : undefined
    if (root === undefined) throw error
    const listing = await listFiles(files, root, options.recursive).catch((refused: unknown) => {
      throw unusable(options.path, refused)
    })
    const [first] = listing.paths
    if (first === undefined) return
    const values = partitionValues(first, schema) ?? {}
    format.checkSchema?.(makeSchema(schema.fields.filter(f => !Object.hasOwn(values, f.name))), options.formatOptions)
  }
}
