import { makeError, type MillraceError } from '../common/errors.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'

export function invalidJob(problem: string, next: string): MillraceError {
  return makeError('JOB_INVALID', `${problem} ${next}`)
}

export function unknownSetting(name: string, candidates: readonly string[], origin: string): MillraceError {
  const has = candidates.length === 0 ? 'The job has none.' : `The job has ${quoteList(candidates)}.`
  return makeError('JOB_UNKNOWN_SETTING', `There is no setting "${name}" (${origin}). ${has}${didYouMean(name, candidates)}`, { context: { name, candidates, origin } })
}

export function missingSetting(name: string, variable: string, expects: string, doc: string): MillraceError {
  return makeError('JOB_INVALID_SETTING', `Setting "${name}" is missing. Give ${expects}, with --set ${name}=…, the environment variable ${variable}, or in the file of --config: ${doc}`, { context: { name, variable, expects } })
}

export function missingSecret(name: string, variable: string, doc: string): MillraceError {
  return makeError('JOB_INVALID_SETTING', `Secret "${name}" is missing. Put it into the environment variable ${variable}, or into a file that ${variable}_FILE or --set ${name}=file:PATH names: ${doc}`, { context: { name, variable } })
}

/** `shown` is what was given, where that may be shown. */
export function invalidSetting(name: string, shown: string, expects: string, origin: string): MillraceError {
  return makeError('JOB_INVALID_SETTING', `Setting "${name}" is ${shown} (${origin}), but it must be ${expects}.`, { context: { name, expects, origin } })
}

/** Says nothing of what was given: it may be the secret. */
export function exposedSecret(name: string, variable: string, origin: string): MillraceError {
  return makeError('JOB_SECRET_EXPOSED', `The value of the secret "${name}" stands openly in ${origin}, where others can read it. Put it into the environment variable ${variable}, or into a file that only this process can read, and name that: ${variable}_FILE=PATH, --set ${name}=file:PATH, or {"file": "PATH"} in the file of --config.`, { context: { name, variable, origin } })
}

export function unreadableSecret(name: string, where: string, problem: string): MillraceError {
  return makeError('JOB_INVALID_SETTING', `The secret "${name}" cannot be read from ${where}: ${problem}.`, { context: { name, where } })
}

export function unreadableConfig(path: string, problem: string): MillraceError {
  return makeError('JOB_CONFIG_UNREADABLE', `The configuration "${path}" ${problem}`, { context: { path } })
}
