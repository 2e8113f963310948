import type { Json } from '../../common/json.ts'
import { makeError } from '../../common/errors.ts'
import { option, optional, optionTable, required, resolveOptions, type OptionsOf, type ResolvedOptions } from '../../common/options.ts'

const object = option.value<{ readonly [key: string]: Json }>({}, 'Options of the format.', 'an object', value => typeof value === 'object' && value !== null && !Array.isArray(value))

export const fileSourceOptions = optionTable({
  path: required(option.text('', 'A directory, a file, or a pattern with * ? ** [abc] {a,b}.')),
  format: required(option.text('', 'Name of the format: jsonl, csv, text, parquet …')),
  formatOptions: object,
  maxFilesPerTrigger: optional(option.integer(1, 'A batch takes at most this many files.', { min: 1 })),
  maxBytesPerTrigger: optional(option.integer(1, 'A batch takes at most this many bytes of files, and always at least one file. Default 128 MiB; not together with maxFilesPerTrigger.', { min: 1 })),
  maxPartitionBytes: option.integer(128 * 1024 * 1024, 'A larger file is cut into parts of equal size, at most this many bytes each, which the executors read side by side: uncompressed jsonl, text, and csv with multiLine false.', { min: 64 * 1024 }),
  latestFirst: option.boolean(false, 'Newest files first. With a limit of its own maxFileAge then does not apply; without one a batch takes all there is.'),
  maxFileAge: option.duration('7 days', 'A file older than the newest one read by more than this is ignored, counted and named. Seen files are remembered this long.'),
  fileNameOnly: option.boolean(false, 'A file is known by its name alone: one with the same name in another folder is not new.'),
  recursive: option.boolean(false, 'Read folders below the path too. Folders named key=value are always read.'),
  cleanSource: option.oneOf(['off', 'archive', 'delete'], 'off', 'What to do with a file once its batch is committed.'),
  sourceArchiveDir: optional(option.text('', 'Where cleanSource "archive" moves files, outside of the path.')),
  minFileAge: option.duration('0 seconds', 'A file is read when it has not changed for this long: for writers that do not rename into place.'),
  ignoreMissingFiles: option.boolean(false, 'A file that is gone when its turn comes is left out instead of failing the query.'),
  onBadRecord: option.oneOf(['fail', 'skip', 'deadLetter'], 'fail', 'What to do with a record that is not what the schema says.'),
  pollInterval: option.duration('100 ms', 'How often to look for new files; less often where looking takes more than a tenth of the time.'),
})

export type FileSourceOptions = OptionsOf<typeof fileSourceOptions>
export type ResolvedFileSourceOptions = ResolvedOptions<typeof fileSourceOptions>

/** Of a source that was given no limit. */
export const defaultMaxBytesPerTrigger = 128 * 1024 * 1024

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function resolveFileSourceOptions(given: { readonly [key: string]: Json | undefined }): ResolvedFileSourceOptions {
  const options = resolveOptions(fileSourceOptions, given, 'source "files"')
  if (options.maxFilesPerTrigger !== undefined && options.maxBytesPerTrigger !== undefined) {
    throw makeError('PLAN_INVALID_OPTION', 'Options "maxFilesPerTrigger" and "maxBytesPerTrigger" of source "files" cannot be given together. Keep one of them.', {
      context: { maxFilesPerTrigger: options.maxFilesPerTrigger, maxBytesPerTrigger: options.maxBytesPerTrigger },
    })
  }
  if (options.path === '') throw makeError('PLAN_INVALID_OPTION', 'Option "path" of source "files" is empty. Give a directory, a file or a pattern.', { context: { path: '' } })
  if (options.path.includes('\0')) throw makeError('PLAN_INVALID_OPTION', 'Option "path" of source "files" has a NUL character in it, which no file name can have. Correct the path.', { context: { path: options.path } })
  if (options.cleanSource === 'archive' && options.sourceArchiveDir === undefined) {
    throw makeError('PLAN_INVALID_OPTION', 'Option "cleanSource" of source "files" is "archive", which needs "sourceArchiveDir". Say where the files go.', {
      context: { cleanSource: 'archive' },
    })
  }
  return options
}
