import type { Schema } from '../../columnar/schema.ts'
import { makeError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { Json } from '../../common/json.ts'
import { sampleFile } from '../../formats/decode-file.ts'
import { loadFormat } from '../../formats/registry.ts'
import { findRoot, joinPath, listFiles } from './list-files.ts'
import { resolveFileSourceOptions } from './options.ts'
import { isMissing, pathMissing, unusable } from './path-errors.ts'

/**
 * The schema that the first file suggests, by name: of formats that describe themselves the file's own, of others a guess
 * from up to 1 MiB of it. Columns that stand in names of folders are not among them.
 * @throws QueryError SOURCE_PATH_MISSING; AnalysisError FORMAT_SCHEMA_UNKNOWN when there is no file, or nothing in it
 */
export async function inferFileSchema(files: FileSystem, given: { readonly [key: string]: Json }): Promise<Schema> {
  const options = resolveFileSourceOptions(given)
  const format = await loadFormat(options.format)
  const root = await findRoot(files, options.path)
  if (root === undefined) throw pathMissing(options.path)
  const listing = await listFiles(files, root, options.recursive).catch((error: unknown) => {
    throw unusable(options.path, error)
  })
  const [first] = listing.paths
  if (first === undefined) {
    throw makeError('FORMAT_SCHEMA_UNKNOWN', `There is no file at "${options.path}" to infer a schema from. Put one there, or declare the schema.`, { context: { path: options.path } })
  }
  const path = joinPath(root.root, first)
  try {
    return await format.inferSchema({ files, path, sample: await sampleFile(files, path) }, options.formatOptions)
  } catch (error) {
    throw isMissing(error) ? pathMissing(path) : unusable(path, error)
  }
}
