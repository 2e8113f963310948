import { makeError, type MillraceError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'

/** The bytes claim to be of a format but break its rules: damaged, cut off, or made to harm. */
export function unreadable(format: string, what: string, cause?: unknown): MillraceError {
  return makeError(
    'ML_UNREADABLE',
    `The ${format} model cannot be read: ${what}. Save it again with the library that trained it, or take an undamaged copy.`,
    { context: { format, what }, cause },
  )
}

/** The features.json beside a model is written by hand, so that it is corrected there. */
export function featuresWrong(what: string, cause?: unknown): MillraceError {
  return makeError('ML_UNREADABLE', `The features.json of the model cannot be used: ${what}. Correct it; docs/models.md has its keys.`, { context: { format: 'features.json', what }, cause })
}

/** A sound model that uses something which is not scored here. `advice` is a whole sentence. */
export function unsupported(format: string, what: string, advice: string): MillraceError {
  return makeError('ML_UNSUPPORTED', `The ${format} model uses ${what}, which is not supported. ${advice}`, { context: { format, what } })
}

export function unknownFormat(looksLike: string, supported: readonly string[]): MillraceError {
  return makeError(
    'ML_UNKNOWN_FORMAT',
    `No model format was recognised: ${looksLike}. Supported formats: ${supported.join(', ')}.`,
    { context: { looksLike, supported } },
  )
}

/** Formats that run code when they are opened. They are refused whatever is in them. */
export function executableFormat(name: string, reason: string, advice: string): MillraceError {
  return makeError('ML_UNSUPPORTED', `The file is a ${name}, and ${reason}, so it is never loaded. ${advice}`, { context: { format: name } })
}

export function packageMissing(packages: readonly string[], purpose: string, cause: unknown): MillraceError {
  const command = `npm install ${packages.join(' ')}`
  return makeError('ML_PACKAGE_MISSING', `${purpose} needs optional packages that are not installed. Run: ${command}`, {
    context: { packages, command },
    cause,
  })
}

export function unknownOutput(name: string, outputs: readonly string[]): MillraceError {
  return makeError('ML_SCHEMA_MISMATCH', `The model has no output "${name}", it has ${quoteList(outputs)}.${didYouMean(name, outputs)}`, {
    context: { output: name, outputs },
  })
}

export function wrongInputType(input: string, kind: string, type: string): MillraceError {
  return makeError(
    'ML_SCHEMA_MISMATCH',
    `Input "${input}" of the model is a ${kind}, but the column given for it is ${type}. Cast the column, or map another one to this input.`,
    { context: { input, kind, type } },
  )
}

export function scoringFailed(format: string, what: string, cause?: unknown): MillraceError {
  return makeError('ML_SCORING_FAILED', `The ${format} model could not score a batch: ${what}.`, { context: { format, what }, cause })
}
